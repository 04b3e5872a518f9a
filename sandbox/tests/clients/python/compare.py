"""Plays the stories that moto can answer, in the sandbox and in moto, and compares the transcripts.

Usage: compare.py ENDPOINT
"""

import fnmatch
import os
import sys

from moto import mock_aws

import gaps
import stories
from clients import Boto3
from transcript import Transcript


def differences(ours, theirs, path=""):
    """Every place where the two differ, as `path: ours, theirs`; a list of another length is one place."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        ours, theirs = ordered(ours), ordered(theirs)
        for key in sorted(ours.keys() | theirs.keys()):
            yield from differences(ours.get(key), theirs.get(key), f"{path}.{key}" if path else key)
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for inner in zip(ours, theirs):
            yield from differences(*inner, f"{path}[]")
    elif ours != theirs:
        yield path, ours, theirs


def ordered(members):
    """The same, with the lists that have an order of their own as dictionaries."""
    by = gaps.ORDER
    return {
        key: {str(item[by[key]]): item for item in value} if key in by and value else value
        for key, value in members.items()
    }


def in_moto(story):
    endpoint = os.environ.pop("AWS_ENDPOINT_URL")
    with mock_aws():
        client = Boto3()
        transcript = Transcript(client, strict=False)
        # The sandbox takes any network for granted, moto wants one of its own.
        transcript.answers["network"] = client.client("ec2").describe_vpcs()["Vpcs"][0]
        transcript.play(story)
    os.environ["AWS_ENDPOINT_URL"] = endpoint
    return transcript


def main(endpoint):
    os.environ["AWS_ENDPOINT_URL"] = endpoint
    problems, used, steps, alone = [], set(), 0, 0
    for story in stories.SHARED:
        ours = Transcript(Boto3())
        steps_of = getattr(story, "SHARED", story.STORY)
        ours.play(steps_of)
        shared = [step for step in steps_of if not step.alone]
        theirs = in_moto(shared)
        mine_of_shared = [line for line in ours.lines if not line[0].alone]
        alone += len(steps_of) - len(shared)
        for (number, (step, mine)), (_, others) in zip(enumerate(mine_of_shared), theirs.lines, strict=True):
            steps += 1
            for path, one, other in differences(mine, others):
                place = f"{step} {path}"
                known = [gap for gap in gaps.KNOWN if fnmatch.fnmatchcase(place, gap)]
                used.update(known)
                if not known:
                    problems.append(f"{place} (shared step {number} of {story.__name__}): the sandbox {one!r}, moto {other!r}")
    problems += [f"no longer a gap: {gap}" for gap in gaps.KNOWN if gap not in used]
    print(f"{steps} steps in both, {alone} that moto answers in another way altogether, {len(gaps.KNOWN)} known gaps")
    if problems:
        sys.exit("\n".join(problems))


if __name__ == "__main__":
    main(*sys.argv[1:])
