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
    s3("GetBucketVersioning", **B),
    s3("ListBuckets"),
    s3("CreateBucket", Bucket="walk-spare"),
    s3("DeleteBucket", Bucket="walk-spare"),
    s3("DeleteBucket", Bucket="walk-spare").fails("NoSuchBucket"),
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
    s3("HeadObject", **KEY, ChecksumMode="ENABLED"),
    s3("GetObjectAttributes", **KEY, ObjectAttributes=["ETag", "Checksum", "ObjectSize", "StorageClass"]),
]

NOTE = {**B, "Key": "notes/first.txt"}
SAID = {
    "ContentType": "text/plain; charset=utf-8",
    "ContentLanguage": "de",
    "ContentDisposition": "inline",
    "CacheControl": "no-store",
    "Metadata": {"commit": "0123abc", "by": "walk"},
}

COPIES = [
    s3("PutObject", **NOTE, Body="grün".encode(), **SAID).called("note"),
    s3("HeadObject", **NOTE),
    s3("CopyObject", **B, Key="notes/second.txt", CopySource=B["Bucket"] + "/" + NOTE["Key"]),
    s3("GetObject", **B, Key="notes/second.txt"),
    s3("CopyObject", **NOTE, CopySource=NOTE).fails("InvalidRequest"),
    s3("CopyObject", **NOTE, CopySource=NOTE, MetadataDirective="REPLACE", Metadata={"by": "replaced"}),
    s3("HeadObject", **NOTE),
    s3("CopyObject", **NOTE, CopySource={**B, "Key": "nothing"}).fails("NoSuchKey"),
    s3("DeleteObject", **NOTE),
    s3("DeleteObject", **B, Key="notes/second.txt"),
]

BIG = {**B, "Key": "big/object"}
PART = b"0123456789abcdef" * (5 * 1024 * 1024 // 16)


def upload(name, checksum, **said):
    """An upload of two parts, the first sent, the second copied."""
    id = {**BIG, "UploadId": At(name, "UploadId")}
    sent = {key: value for key, value in said.items() if key == "ChecksumAlgorithm"}
    part = lambda number: {
        "PartNumber": number,
        "ETag": At(f"{name} {number}", "ETag || CopyPartResult.ETag"),
        **({checksum: At(f"{name} {number}", f"{checksum} || CopyPartResult.{checksum}")} if checksum else {}),
    }
    return [
        s3("CreateMultipartUpload", **BIG, **said).called(name),
        s3("UploadPart", **id, PartNumber=1, Body=PART, **sent).called(f"{name} 1"),
        s3("UploadPartCopy", **id, PartNumber=2, CopySource=KEY, CopySourceRange="bytes=0-3").called(f"{name} 2"),
        s3("ListParts", **id),
        s3("ListParts", **id, MaxParts=1),
        s3("ListMultipartUploads", **B),
        s3("CompleteMultipartUpload", **id, MultipartUpload={"Parts": [part(2), part(1)]})
        .fails("InvalidPartOrder")
        .not_in_moto("it looks at the parts' sizes first"),
        s3("CompleteMultipartUpload", **id, MultipartUpload={"Parts": [part(1), part(2)]}),
        s3("CompleteMultipartUpload", **id, MultipartUpload={"Parts": [part(1)]})
        .fails("NoSuchUpload")
        .not_in_moto("it completes an upload that is over once more"),
        s3("HeadObject", **BIG, ChecksumMode="ENABLED"),
        s3("GetObject", **BIG, Range="bytes=5242870-"),
        s3("HeadObject", **BIG, PartNumber=2).not_in_moto("it tells of the part as if it were the object"),
        s3("GetObjectAttributes", **BIG, ObjectAttributes=["ETag", "Checksum", "ObjectParts"]),
        s3("DeleteObject", **BIG),
    ]


ABORTED = [
    s3("CreateMultipartUpload", **BIG).called("aborted"),
    s3("UploadPart", **BIG, UploadId=At("aborted", "UploadId"), PartNumber=1, Body=b"never used"),
    s3("AbortMultipartUpload", **BIG, UploadId=At("aborted", "UploadId")),
    s3("ListParts", **BIG, UploadId=At("aborted", "UploadId")).fails("NoSuchUpload"),
    s3("ListMultipartUploads", **B),
]

LISTINGS = [
    s3("ListObjectsV2", **B),
    s3("ListObjectsV2", **B, Prefix="releases/example/", Delimiter="/"),
    s3("ListObjectsV2", **B, MaxKeys=2).called("page"),
    s3("ListObjectsV2", **B, MaxKeys=2, ContinuationToken=At("page", "NextContinuationToken")),
    s3("ListObjectsV2", **B, StartAfter=KEY["Key"]),
    s3("ListObjectsV2", **B, Prefix="nothing/"),
    s3("ListObjectsV2", **B, MaxKeys=1, FetchOwner=True),
    s3("ListObjects", **B),
    s3("ListObjects", **B, Prefix="releases/example/", Delimiter="/", MaxKeys=1).not_in_moto("it does not count prefixes"),
    s3("ListObjects", **B, Marker=KEY["Key"]),
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

UPLOADS = (
    upload("plain", None, ContentType="a/b", Metadata={"by": "walk"})
    + upload("composite", "ChecksumSHA256", ChecksumAlgorithm="SHA256")
    + upload("whole", "ChecksumCRC32", ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
)

STORY = BUCKETS + OBJECTS + COPIES + UPLOADS + ABORTED + LISTINGS + LEAVING
