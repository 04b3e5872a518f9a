"""Buckets and objects."""

from steps import At, service

s3 = service("s3")
B = {"Bucket": "walk-releases"}
KEY = {**B, "Key": "releases/example/1.0.0/manifest.json"}

BUCKETS = [
    s3("HeadBucket", **B).fails("404"),
    s3("ListObjectsV2", **B).fails("NoSuchBucket"),
    s3("CreateBucket", **B),
    s3("HeadBucket", **B),
    s3("GetBucketLocation", **B),
    s3("ListBuckets"),
]

OBJECTS = [
    s3("HeadObject", **KEY).fails("404"),
    s3("GetObject", **KEY).fails("NoSuchKey"),
    s3("PutObject", **KEY, Body=b'{"format": 1}', IfNoneMatch="*").called("manifest"),
    s3("PutObject", **KEY, Body=b"{}", IfNoneMatch="*").fails("PreconditionFailed"),
    s3("PutObject", **KEY, Body=b"{}", IfMatch='"0123"').fails("PreconditionFailed"),
    s3("HeadObject", **KEY),
    s3("GetObject", **KEY),
    s3("GetObject", **KEY, Range="bytes=2-7"),
    s3("GetObject", **KEY, Range="bytes=100-").fails("InvalidRange"),
    s3("GetObject", **KEY, IfMatch=At("manifest", "ETag")),
    s3("GetObject", **KEY, IfNoneMatch=At("manifest", "ETag")).fails("304"),
    s3("PutObject", **KEY, Body=b'{"format": 2}', IfMatch=At("manifest", "ETag")),
    s3("PutObject", **B, Key="releases/example/1.0.0/notes & <more>.txt", Body="grün".encode(), ChecksumAlgorithm="SHA256"),
    s3("PutObject", **B, Key="releases/example/1.1.0/empty", Body=b""),
]

LISTINGS = [
    s3("ListObjectsV2", **B),
    s3("ListObjectsV2", **B, Prefix="releases/example/", Delimiter="/"),
    s3("ListObjectsV2", **B, MaxKeys=2).called("page"),
    s3("ListObjectsV2", **B, MaxKeys=2, ContinuationToken=At("page", "NextContinuationToken")),
    s3("ListObjectsV2", **B, StartAfter=KEY["Key"]),
    s3("ListObjectsV2", **B, Prefix="nothing/"),
]

LEAVING = [
    s3("DeleteObject", **KEY),
    s3("DeleteObject", **KEY),
    s3(
        "DeleteObjects",
        **B,
        Delete={"Objects": [{"Key": "releases/example/1.0.0/notes & <more>.txt"}, {"Key": "nothing"}]},
    ),
    s3("DeleteObjects", **B, Delete={"Objects": [{"Key": "releases/example/1.1.0/empty"}], "Quiet": True}),
    s3("ListObjectsV2", **B),
]

STORY = BUCKETS + OBJECTS + LISTINGS + LEAVING
