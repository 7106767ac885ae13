from tessera.accounts.models.generation import ConfigGeneration
from tessera.accounts.models.group import Group
from tessera.accounts.models.role import Role
from tessera.accounts.models.token import ApiToken
from tessera.accounts.models.user import User

__all__ = ["ApiToken", "ConfigGeneration", "Group", "Role", "User"]
