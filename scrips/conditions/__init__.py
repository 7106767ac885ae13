"""Every condition there is. To add one: a file with its class, a line here, and a test."""

from scrips.conditions.base import Condition, Verdict
from scrips.conditions.events import (
    OnComment,
    OnCorrespond,
    OnCreate,
    OnOwnerChange,
    OnPriorityChange,
    OnQueueChange,
    OnTransaction,
)
from scrips.conditions.fields import OnCustomFieldChange
from scrips.conditions.status import OnClose, OnReopen, OnResolve, OnStatusChange
from scrips.conditions.user_defined import UserDefined

CONDITIONS: dict[str, type[Condition]] = {
    "OnCreate": OnCreate,
    "OnTransaction": OnTransaction,
    "OnStatusChange": OnStatusChange,
    "OnResolve": OnResolve,
    "OnClose": OnClose,
    "OnReopen": OnReopen,
    "OnComment": OnComment,
    "OnCorrespond": OnCorrespond,
    "OnOwnerChange": OnOwnerChange,
    "OnQueueChange": OnQueueChange,
    "OnPriorityChange": OnPriorityChange,
    "OnCustomFieldChange": OnCustomFieldChange,
    "UserDefined": UserDefined,
}

__all__ = ["CONDITIONS", "Condition", "Verdict"]
