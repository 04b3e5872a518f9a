"""The stories, in the order in which they are played: later ones use what earlier ones have made."""

from . import alarms, deletions, groups, s3, ssm, sts, target_groups, templates

EVERY = [sts, ssm, s3, alarms, templates, target_groups, groups, deletions]

# What moto is asked, too. It has no instance refresh, and its groups start and end nothing.
SHARED = [sts, ssm, s3, templates, target_groups]
