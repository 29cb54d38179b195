"""What can be refused about roles."""

from kernel.problems import Conflict, Forbidden, NotFound


class RoleNotFound(NotFound):
    """There is no such role in this tenant."""

    type = "role-not-found"
    title = "No such role"


class RoleTaken(Conflict):
    """Another role has this name."""

    type = "role-taken"
    title = "The role's name is taken"


class RoleBuiltIn(Conflict):
    """The built-in roles stay as they are; make one of your own."""

    type = "role-built-in"
    title = "Built-in roles cannot be changed"


class RoleInUse(Conflict):
    """People still have the role; `people` tells how many."""

    type = "role-in-use"
    title = "The role is in use"


class BeyondOwnGrants(Forbidden):
    """Nobody can hand out, take away or overrule permissions that they do not have; `missing` lists them."""

    type = "beyond-own-permissions"
    title = "This goes beyond your own permissions"


class BindingNotFound(NotFound):
    """Nobody has this role by this binding: it was withdrawn, has expired, or there never was one."""

    type = "role-binding-not-found"
    title = "No such role binding"
