"""Who is asking."""

from steps import service

sts = service("sts")

STORY = [sts("GetCallerIdentity")]
