"""No unsafe request, no task and no command ends without an entry in a trail: each is called once, and what is excused has its reason here."""
