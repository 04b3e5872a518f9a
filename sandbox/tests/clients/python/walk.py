"""Walks every operation that the sandbox answers to, with boto3 and with the AWS CLI, each in a sandbox of its own.

Usage: walk.py BOTO3_ENDPOINT CLI_ENDPOINT SURFACE_ENDPOINT
"""

import os
import sys
from collections import Counter

import stories
from clients import Boto3, Cli
from surface import supported
from transcript import Transcript


def walked(client, endpoint):
    os.environ["AWS_ENDPOINT_URL"] = endpoint
    transcript = Transcript(client)
    for story in stories.EVERY:
        transcript.play(story.STORY)
    return transcript


def main(first, second, third):
    by_boto3, by_cli = walked(Boto3(), first), walked(Cli(), second)
    os.environ["AWS_ENDPOINT_URL"] = third
    there = set(supported())
    problems = [f"{name} is supported and not walked" for name in sorted(there - by_boto3.walked)]
    problems += [f"{name} is walked and not found as supported" for name in sorted(by_boto3.walked - there)]
    for boto3, cli in zip(by_boto3.lines, by_cli.lines, strict=True):
        if boto3 != cli:
            problems.append(f"{boto3[0]}: boto3 read {boto3[1]}, the CLI {cli[1]}")
    counts = Counter(name.split(":")[0] for name in by_boto3.walked)
    print(f"{len(by_boto3.lines)} steps, operations: {dict(sorted(counts.items()))}")
    if problems:
        sys.exit("\n".join(problems))


if __name__ == "__main__":
    main(*sys.argv[1:])
