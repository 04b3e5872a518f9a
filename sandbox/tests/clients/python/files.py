"""boto3's managed transfers: a file of 30 MB goes up in parts and comes down in ranges.

Usage: files.py ENDPOINT
"""

import hashlib
import os
import sys
import tempfile

import boto3
from boto3.s3.transfer import TransferConfig

SIZE = 30 * 1024 * 1024
BUCKET = "walk-files"


def main(endpoint):
    s3 = boto3.client("s3", endpoint_url=endpoint)
    s3.create_bucket(Bucket=BUCKET)
    content = bytes(range(251)) * (SIZE // 251 + 1)
    with tempfile.TemporaryDirectory() as folder:
        up, down = os.path.join(folder, "up"), os.path.join(folder, "down")
        with open(up, "wb") as file:
            file.write(content[:SIZE])
        for algorithm in [None, "CRC32", "SHA256"]:
            extra = {"Metadata": {"by": "walk"}, **({"ChecksumAlgorithm": algorithm} if algorithm else {})}
            s3.upload_file(up, BUCKET, "big", ExtraArgs=extra, Config=TransferConfig(max_concurrency=4))
            told = s3.head_object(Bucket=BUCKET, Key="big", ChecksumMode="ENABLED")
            assert told["ContentLength"] == SIZE and told["Metadata"] == {"by": "walk"}, told
            s3.download_file(BUCKET, "big", down)
            assert digest(down) == digest(up)
            print(algorithm, told["ETag"], told["ChecksumType"])
    s3.copy({"Bucket": BUCKET, "Key": "big"}, BUCKET, "copy", Config=TransferConfig(multipart_threshold=SIZE // 2))
    whole = s3.get_object(Bucket=BUCKET, Key="copy")["Body"].read()
    assert whole == content[:SIZE]


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


if __name__ == "__main__":
    main(*sys.argv[1:])
