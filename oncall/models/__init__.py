from oncall.models.service import Service

__all__ = ["Service"]
