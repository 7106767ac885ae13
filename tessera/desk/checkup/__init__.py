"""The check of the configuration: what is wrong, doubtful or of no use, why it matters, and where it is mended."""

from tessera.desk.checkup.check import findings
from tessera.desk.checkup.findings import Finding, Severity

__all__ = ["Finding", "Severity", "findings"]
