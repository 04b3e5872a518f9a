//! The uploads that are under way. Their parts are staged files, so giving one up removes them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::s3::algorithm::{Algorithm, Checksum, Kind};
use crate::s3::call::{PartId, UploadId};
use crate::s3::error::S3Error;
use crate::s3::name::{Bucket, Object};
use crate::s3::store::Staged;

/// All of them, by id.
#[derive(Debug, Default)]
pub(in crate::s3) struct Uploads {
    all: Mutex<BTreeMap<String, Upload>>,
}

/// One upload.
#[derive(Debug, Clone)]
pub(super) struct Upload {
    pub(super) plan: Arc<Plan>,
    pub(super) parts: BTreeMap<u16, Arc<Part>>,
}

/// What was said when the upload was begun.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) object: Object,
    pub(super) began: Timestamp,
    /// What the object will be told with.
    pub(super) headers: BTreeMap<String, String>,
    /// The checksum that the client has chosen, if it has.
    pub(super) chosen: Option<Algorithm>,
    pub(super) kind: Kind,
}

/// One part that has arrived.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) staged: Staged,
    pub(super) size: u64,
    pub(super) md5: Vec<u8>,
    pub(super) modified: Timestamp,
    pub(super) algorithm: Algorithm,
    /// By that algorithm.
    pub(super) sum: Vec<u8>,
}

impl Plan {
    /// What parts are summed up by.
    pub(super) fn algorithm(&self) -> Algorithm {
        self.chosen.unwrap_or(Algorithm::Crc64Nvme)
    }
}

impl Part {
    /// Without quotes.
    pub(super) fn etag(&self) -> String {
        hex::encode(&self.md5)
    }

    pub(super) fn checksum(&self) -> Checksum {
        Checksum::full(self.algorithm, &self.sum)
    }
}

impl Uploads {
    pub(super) fn begin(&self, id: String, plan: Plan) {
        let upload = Upload {
            plan: Arc::new(plan),
            parts: BTreeMap::new(),
        };
        self.lock().insert(id, upload);
    }

    /// The upload as it is now.
    pub(super) fn find(&self, upload: &UploadId) -> Result<Upload, S3Error> {
        let found = self.lock().get(&upload.id).cloned();
        found
            .filter(|found| found.plan.object == upload.object)
            .ok_or_else(|| S3Error::NoSuchUpload(upload.id.clone()))
    }

    /// Takes a part in, in place of an earlier one with its number. The upload may have ended meanwhile.
    pub(super) fn add(&self, id: &PartId, part: Arc<Part>) -> Result<(), S3Error> {
        let mut all = self.lock();
        let upload = all.get_mut(&id.upload.id);
        let upload = upload.filter(|upload| upload.plan.object == id.upload.object);
        let upload = upload.ok_or_else(|| S3Error::NoSuchUpload(id.upload.id.clone()))?;
        upload.parts.insert(id.number, part);
        Ok(())
    }

    /// Ends an upload; its parts go with it.
    pub(super) fn end(&self, upload: &UploadId) -> Result<(), S3Error> {
        self.find(upload)?;
        self.lock().remove(&upload.id);
        Ok(())
    }

    /// Ends what was to go into a bucket that is gone.
    pub(in crate::s3) fn forget_bucket(&self, bucket: &Bucket) {
        self.lock()
            .retain(|_, upload| upload.plan.object.bucket != *bucket);
    }

    /// All uploads into a bucket, by key and then by their beginning.
    pub(super) fn of_bucket(&self, bucket: &Bucket) -> Vec<(String, Arc<Plan>)> {
        let all = self.lock();
        let mut found: Vec<_> = all
            .iter()
            .filter(|(_, upload)| upload.plan.object.bucket == *bucket)
            .map(|(id, upload)| (id.clone(), Arc::clone(&upload.plan)))
            .collect();
        found.sort_by(|(a_id, a), (b_id, b)| {
            let a = (&a.object.key, a.began, a_id);
            a.cmp(&(&b.object.key, b.began, b_id))
        });
        found
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Upload>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
