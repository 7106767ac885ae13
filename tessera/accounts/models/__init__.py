from tessera.accounts.models.audit import AuditEntry
from tessera.accounts.models.gate import Gate
from tessera.accounts.models.generation import ConfigGeneration
from tessera.accounts.models.group import Group
from tessera.accounts.models.login_link import LoginLink
from tessera.accounts.models.login_session import LoginSession
from tessera.accounts.models.role import Role
from tessera.accounts.models.site import SiteSetting
from tessera.accounts.models.token import ApiToken
from tessera.accounts.models.user import User

__all__ = [
    "ApiToken",
    "AuditEntry",
    "ConfigGeneration",
    "Gate",
    "Group",
    "LoginLink",
    "LoginSession",
    "Role",
    "SiteSetting",
    "User",
]
