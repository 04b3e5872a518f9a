//! Which parts make the object, and what it is then. Pure but for the copying.

use std::fs::File;
use std::sync::Arc;

use md5::{Digest as _, Md5};

use super::uploads::{Part, Plan, Upload};
use crate::s3::algorithm::{Algorithm, Checksum, Kind};
use crate::s3::checksum::Hasher;
use crate::s3::copy::pour;
use crate::s3::error::S3Error;
use crate::s3::note::{Note, NotedPart};

/// A part as the client names it when it completes the upload.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) number: u16,
    pub(super) etag: String,
    pub(super) checksum: Option<(Algorithm, String)>,
}

/// Every part but the last has at least so much.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
const MIN_PART: u64 = 5 * 1024 * 1024;

/// The parts that the client names, if they are what it believes them to be.
pub(super) fn chosen(upload: &Upload, named: &[Named]) -> Result<Vec<(u16, Arc<Part>)>, S3Error> {
    if !named.is_sorted_by(|a, b| a.number < b.number) {
        return Err(S3Error::InvalidPartOrder);
    }
    let mut chosen = Vec::new();
    for name in named {
        let part = upload.parts.get(&name.number).ok_or(S3Error::InvalidPart)?;
        let tag_fits = name.etag.trim_matches('"') == part.etag();
        let checksum = part.checksum();
        if upload.plan.kind == Kind::Composite && name.checksum.is_none() {
            return Err(S3Error::InvalidRequest(missing_checksum(
                &upload.plan,
                name.number,
            )));
        }
        let sum_fits = name.checksum.as_ref().is_none_or(|(algorithm, value)| {
            *algorithm == checksum.algorithm && *value == checksum.value
        });
        if !tag_fits || !sum_fits {
            return Err(S3Error::InvalidPart);
        }
        chosen.push((name.number, Arc::clone(part)));
    }
    let before_last = chosen.len().saturating_sub(1);
    if chosen[..before_last]
        .iter()
        .any(|(_, part)| part.size < MIN_PART)
    {
        return Err(S3Error::EntityTooSmall);
    }
    Ok(chosen)
}

/// What S3 says where the object's checksum is made of the parts', and the client does not say theirs.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html>
fn missing_checksum(plan: &Plan, number: u16) -> String {
    format!(
        "The upload was created using a {} checksum. The complete request must include the checksum for each part. It was \
         missing for part {number} in the request.",
        plan.algorithm().name().to_ascii_lowercase()
    )
}

/// Writes the parts into one file; answers what the object is.
pub(super) fn assemble(
    plan: &Plan,
    parts: &[(u16, Arc<Part>)],
    file: &mut File,
) -> Result<(Note, u64), S3Error> {
    let mut hasher = Hasher::new(plan.algorithm());
    for (_, part) in parts {
        pour(&mut part.staged.open()?, &mut hasher, file)?;
    }
    file.sync_all()?;
    let digests = hasher.finish();
    let checksum = match plan.kind {
        Kind::FullObject => digests.checksum(),
        Kind::Composite => {
            let sums = parts.iter().map(|(_, part)| part.sum.as_slice());
            Checksum::composite(plan.algorithm(), sums)
        }
    };
    let noted = parts.iter().map(|(number, part)| NotedPart {
        number: *number,
        size: part.size,
        checksum: part.checksum(),
    });
    let note = Note {
        etag: etag(parts),
        headers: plan.headers.clone(),
        checksum: Some(checksum),
        parts: noted.collect(),
    };
    Ok((note, digests.size))
}

/// The MD5 of the parts' MD5s, and how many there are.
fn etag(parts: &[(u16, Arc<Part>)]) -> String {
    let mut md5 = Md5::new();
    for (_, part) in parts {
        md5.update(&part.md5);
    }
    format!("{}-{}", hex::encode(md5.finalize()), parts.len())
}
