"""Who carries text messages: a function `send(number, *, text)` that `SMS_PROVIDER` names by its dotted name.

A provider gets a number in E.164 and up to 160 signs, and raises SmsUnavailable when the message was not taken. Ours are `twilio` (HTTP as
Twilio takes it, which others take too) and `outbox` (a file, for trying things out).
"""
