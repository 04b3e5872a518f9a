//! `CompleteMultipartUpload`: the parts become one object, if the condition holds.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html>

use std::sync::Arc;

use http::Response;
use http::request::Parts as Head;
use hyper::body::Incoming;

use super::assemble::{Named, assemble, chosen};
use crate::s3::algorithm::{Algorithm, Checksum};
use crate::s3::call::UploadId;
use crate::s3::checksum::Claims;
use crate::s3::condition::WriteCondition;
use crate::s3::document::Document;
use crate::s3::elements::{elements, malformed, read_document, unmodelled};
use crate::s3::error::S3Error;
use crate::s3::headers::text;
use crate::s3::reply::blocking;
use crate::s3::store::Store;
use crate::wire::http::Body;

/// Ten thousand parts, each with the longest checksum.
const MAX_BODY: usize = 8 * 1024 * 1024;

/// What the request says of the whole object.
struct Claimed {
    checksum: Option<(Algorithm, String)>,
    kind: Option<String>,
    size: Option<String>,
}

pub(in crate::s3) async fn complete(
    store: &Arc<Store>,
    upload: UploadId,
    head: &Head,
    body: &mut Incoming,
) -> Result<Response<Body>, S3Error> {
    let condition = WriteCondition::parse(&head.headers)?;
    let mut claims = Claims::parse(&head.headers)?;
    // The one operation whose checksum header is not about its own body.
    let claimed = Claimed {
        checksum: claims.take_checksum(),
        kind: text(&head.headers, "x-amz-checksum-type").map(str::to_owned),
        size: text(&head.headers, "x-amz-mp-object-size").map(str::to_owned),
    };
    let named = parse(&read_document(&claims, body, MAX_BODY).await?)?;
    let completed = blocking(store, move |store| {
        finish(store, &upload, &named, &claimed, &condition)
    })
    .await?;
    Ok(completed.respond("CompleteMultipartUploadResult"))
}

fn finish(
    store: &Store,
    id: &UploadId,
    named: &[Named],
    claimed: &Claimed,
    condition: &WriteCondition,
) -> Result<Document, S3Error> {
    store.require(&id.object.bucket)?;
    let upload = store.uploads.find(id)?;
    let parts = chosen(&upload, named)?;
    let (staged, mut file) = store.stage()?;
    let (note, size) = assemble(&upload.plan, &parts, &mut file)?;
    if let Some(checksum) = &note.checksum {
        check(claimed, checksum, size)?;
    }
    let told = describe(id, &note.etag, note.checksum.as_ref())?;
    store.commit(&id.object, &staged, note, condition)?;
    // Somebody else may have ended it at the same moment; the object is there all the same.
    let _ended = store.uploads.end(id);
    Ok(told)
}

fn check(claimed: &Claimed, checksum: &Checksum, size: u64) -> Result<(), S3Error> {
    if let Some((algorithm, value)) = &claimed.checksum {
        let fits = *algorithm == checksum.algorithm && *value == checksum.value;
        if !fits {
            return Err(S3Error::BadDigest(algorithm.header()));
        }
    }
    if claimed
        .kind
        .as_deref()
        .is_some_and(|kind| kind != checksum.kind.name())
    {
        return Err(S3Error::InvalidRequest(format!(
            "The upload was created using the {} checksum mode. The complete request must use the same checksum mode.",
            checksum.kind.name()
        )));
    }
    if claimed
        .size
        .as_ref()
        .is_some_and(|claimed| *claimed != size.to_string())
    {
        return Err(S3Error::InvalidRequest(format!(
            "The provided 'x-amz-mp-object-size' header value does not match what was computed: {size}"
        )));
    }
    Ok(())
}

fn describe(id: &UploadId, etag: &str, checksum: Option<&Checksum>) -> Result<Document, S3Error> {
    let (bucket, key) = (id.object.bucket.as_str(), id.object.key.as_str());
    let mut told = Document::default();
    told.add_text("Location", &format!("/{bucket}/{key}"))?;
    told.add_text("Bucket", bucket)?;
    told.add_text("Key", key)?;
    told.add_text("ETag", &format!("\"{etag}\""))?;
    if let Some(checksum) = checksum {
        told.add_checksum(checksum)?;
    }
    Ok(told)
}

fn parse(body: &[u8]) -> Result<Vec<Named>, S3Error> {
    let mut parts = Vec::new();
    let mut part = Named::default();
    elements(body, |path, text| {
        match path {
            [b"CompleteMultipartUpload"] => {}
            [b"CompleteMultipartUpload", b"Part"] => parts.push(std::mem::take(&mut part)),
            [b"CompleteMultipartUpload", b"Part", b"PartNumber"] => {
                part.number = text.parse().map_err(malformed)?;
            }
            [b"CompleteMultipartUpload", b"Part", b"ETag"] => part.etag = text,
            [b"CompleteMultipartUpload", b"Part", name] => {
                let mut all = Algorithm::ALL.into_iter();
                let algorithm = all.find(|algorithm| algorithm.element().as_bytes() == *name);
                let algorithm = algorithm.ok_or_else(|| unmodelled(path, "Part"))?;
                part.checksum = Some((algorithm, text));
            }
            other => return Err(unmodelled(other, "CompleteMultipartUpload")),
        }
        Ok(())
    })?;
    if parts.is_empty() {
        return Err(malformed("it names no part"));
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_named_with_tag_and_checksum() {
        let body = "<CompleteMultipartUpload><Part><ETag>&quot;a&quot;</ETag><PartNumber>2</PartNumber>\
                    <ChecksumCRC32>AAAAAA==</ChecksumCRC32></Part></CompleteMultipartUpload>";
        let named = Named {
            number: 2,
            etag: "\"a\"".into(),
            checksum: Some((Algorithm::Crc32, "AAAAAA==".into())),
        };
        assert_eq!(parse(body.as_bytes()).unwrap(), [named]);
        for bad in [
            "",
            "<CompleteMultipartUpload></CompleteMultipartUpload>",
            "<CompleteMultipartUpload><Part><PartNumber>x</PartNumber></Part></CompleteMultipartUpload>",
            "<CompleteMultipartUpload><Part><Other>x</Other></Part></CompleteMultipartUpload>",
        ] {
            assert!(parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
