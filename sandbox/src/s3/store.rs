//! The folder: every read and write of an object on disk, synchronous. HTTP is unknown here.
//! A write is staged outside the key space, made durable, then put in place by one system call.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Seek};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use uuid::Uuid;

use super::aside;
use super::condition::{Tags, WriteCondition};
use super::error::S3Error;
use super::folder::{
    create_parents, created, is_absence, modified, prune, read_folder, sync_folder, sync_parent,
    walk,
};
use super::multipart::Uploads;
use super::name::{Bucket, Key, Object};
use super::note::{Note, Notes};

/// No bucket can have this name, and yet it is on the same file system as all of them.
const STAGING: &str = ".staging";

/// The same goes for this one.
const NOTES: &str = ".notes";

/// And this, where objects are whose keys are no plain paths.
const ASIDE: &str = ".keys";

/// Buckets and objects under one root folder.
#[derive(Debug)]
pub struct Store {
    root: PathBuf,
    notes: Notes,
    /// The multipart uploads that are under way. They do not outlive the sandbox.
    pub(super) uploads: Uploads,
    /// Held while a write is put in place, so that what its condition saw is still so.
    writing: Mutex<()>,
}

/// An object as it was when it was opened; a later write does not change it.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) file: File,
    pub(super) facts: Facts,
}

/// What listings and headers tell of an object.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) size: u64,
    pub(super) modified: Timestamp,
    pub(super) note: Arc<Note>,
}

/// A file in the making. Dropped without being committed, it is gone.
#[derive(Debug)]
pub(super) struct Staged {
    path: PathBuf,
}

impl Staged {
    /// Reads what has been written.
    pub(super) fn open(&self) -> io::Result<File> {
        File::open(&self.path)
    }

    /// When it was last written to.
    pub(super) fn modified(&self) -> io::Result<Timestamp> {
        modified(&fs::metadata(&self.path)?)
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        // After a rename there is nothing left to remove, and nothing to report.
        let _gone = fs::remove_file(&self.path);
    }
}

impl Store {
    /// A store in the folder `root`, which holds one folder per bucket. It is created when first written to.
    pub fn new(root: PathBuf) -> Self {
        Self {
            notes: Notes::new(root.join(NOTES)),
            root,
            uploads: Uploads::default(),
            writing: Mutex::new(()),
        }
    }

    pub(super) fn require(&self, bucket: &Bucket) -> Result<(), S3Error> {
        if bucket.folder(&self.root).is_dir() {
            return Ok(());
        }
        Err(S3Error::NoSuchBucket(bucket.as_str().to_owned()))
    }

    /// Creates the bucket, or finds it there: in us-east-1 that is no error for its owner.
    pub(super) fn create_bucket(&self, bucket: &Bucket) -> Result<(), S3Error> {
        fs::create_dir_all(bucket.folder(&self.root))?;
        Ok(sync_folder(&self.root)?)
    }

    /// Removes an empty bucket, and the uploads that were to end in it.
    pub(super) fn delete_bucket(&self, bucket: &Bucket) -> Result<(), S3Error> {
        let _writing = self.writing();
        if !self.keys(bucket, "")?.is_empty() {
            return Err(S3Error::BucketNotEmpty(bucket.as_str().to_owned()));
        }
        fs::remove_dir_all(bucket.folder(&self.root))?;
        match fs::remove_dir_all(self.aside(bucket)) {
            Err(error) if !is_absence(&error) => return Err(error.into()),
            Ok(()) | Err(_) => {}
        }
        self.uploads.forget_bucket(bucket);
        Ok(sync_folder(&self.root)?)
    }

    /// All buckets by name, with the time of their creation; where the file system does not keep it, of their last change.
    pub(super) fn buckets(&self) -> Result<Vec<(Bucket, Timestamp)>, S3Error> {
        let mut buckets = Vec::new();
        for entry in read_folder(&self.root)? {
            let entry = entry?;
            let name = entry.file_name();
            let bucket = name.to_str().and_then(|name| Bucket::parse(name).ok());
            if let Some(bucket) = bucket.filter(|_| entry.path().is_dir()) {
                buckets.push((bucket, created(&entry.metadata()?)?));
            }
        }
        buckets.sort_by(|a, b| a.0.as_str().cmp(b.0.as_str()));
        Ok(buckets)
    }

    pub(super) fn open(&self, object: &Object) -> Result<Opened, S3Error> {
        self.require(&object.bucket)?;
        let missing = || S3Error::NoSuchKey(object.key.as_str().to_owned());
        let path = self.find(object)?.ok_or_else(missing)?.path;
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if is_absence(&error) => return Err(missing()),
            Err(error) => return Err(error.into()),
        };
        let found = file.metadata()?;
        let note = self.notes.of(&mut file, &found)?;
        file.rewind()?;
        let facts = Facts {
            size: found.len(),
            modified: modified(&found)?,
            note,
        };
        Ok(Opened { file, facts })
    }

    /// The keys that start with `prefix`, in the order of their bytes.
    pub(super) fn keys(&self, bucket: &Bucket, prefix: &str) -> Result<Vec<Key>, S3Error> {
        self.require(bucket)?;
        let folder = prefix.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut keys = Vec::new();
        if folder.is_empty() {
            walk(&bucket.folder(&self.root), "", &mut keys)?;
        } else if let Some(folder) = Key::parse(folder).ok().filter(Key::is_plain) {
            let start = bucket.folder(&self.root).join(folder.as_str());
            walk(&start, &format!("{}/", folder.as_str()), &mut keys)?;
        }
        aside::walk(&self.aside(bucket), &mut keys)?;
        keys.retain(|key| key.as_str().starts_with(prefix));
        keys.sort();
        // Somebody else may have put a file where an object was not to be had.
        keys.dedup();
        Ok(keys)
    }

    /// A new file to write an upload to.
    pub(super) fn stage(&self) -> Result<(Staged, File), S3Error> {
        let folder = self.root.join(STAGING);
        fs::create_dir_all(&folder)?;
        let path = folder.join(Uuid::new_v4().to_string());
        let file = File::create_new(&path)?;
        Ok((Staged { path }, file))
    }

    /// Makes a staged and synced file the object, if `condition` holds, and `note` what is known of it. Answers since when.
    pub(super) fn commit(
        &self,
        object: &Object,
        staged: &Staged,
        note: Note,
        condition: &WriteCondition,
    ) -> Result<Timestamp, S3Error> {
        let _writing = self.writing();
        self.require(&object.bucket)?;
        if let WriteCondition::Matches(tags) = condition {
            self.check_match(object, tags)?;
        }
        let facts = fs::metadata(&staged.path)?;
        let found = self.find(object)?;
        let replaced = found
            .as_ref()
            .and_then(|found| fs::symlink_metadata(&found.path).ok());
        self.notes.keep(&facts, note)?;
        let placed = match found {
            Some(found) => found.put(staged, condition),
            None => self.put_anew(object, staged, condition),
        };
        if let Err(error) = placed {
            self.notes.forget(&facts);
            return Err(error);
        }
        if let Some(replaced) = replaced {
            self.notes.forget(&replaced);
        }
        Ok(modified(&facts)?)
    }

    /// At its plain path if it has one and nothing is in the way there.
    fn put_anew(
        &self,
        object: &Object,
        staged: &Staged,
        condition: &WriteCondition,
    ) -> Result<(), S3Error> {
        let (plain, aside) = self.places(object);
        match plain.map(|plain| plain.put(staged, condition)) {
            None | Some(Err(S3Error::NotImplemented(_))) => aside.put(staged, condition),
            Some(placed) => placed,
        }
    }

    /// Where an object may be, in the order in which it is looked for.
    fn places(&self, object: &Object) -> (Option<Place>, Place) {
        let plain = object.plain_path(&self.root).map(|path| Place {
            folder: object.bucket.folder(&self.root),
            path,
        });
        let folder = self.aside(&object.bucket);
        let path = aside::path(&folder, &object.key);
        (plain, Place { folder, path })
    }

    /// Where an object is. Looked at before it is opened: opening a pipe that someone put there would hang.
    fn find(&self, object: &Object) -> io::Result<Option<Place>> {
        let (plain, aside) = self.places(object);
        for place in plain.into_iter().chain([aside]) {
            match fs::symlink_metadata(&place.path) {
                Ok(found) if found.is_file() => return Ok(Some(place)),
                Ok(_) => {}
                Err(error) if is_absence(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    fn aside(&self, bucket: &Bucket) -> PathBuf {
        self.root.join(ASIDE).join(bucket.as_str())
    }

    /// Removes an object; one that is not there is as good as removed, unless `If-Match: *` insists.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html>
    pub(super) fn delete(&self, object: &Object, tags: Option<&Tags>) -> Result<(), S3Error> {
        let _writing = self.writing();
        match tags.map(|tags| self.check_match(object, tags)) {
            Some(Err(S3Error::NoSuchKey(_))) if tags.is_some_and(Tags::any) => {
                return Err(S3Error::PreconditionFailed("If-Match"));
            }
            Some(Err(S3Error::NoSuchKey(_))) => return Ok(()),
            Some(Err(refused)) => return Err(refused),
            Some(Ok(())) | None => self.require(&object.bucket)?,
        }
        let Some(Place { folder, path }) = self.find(object)? else {
            return Ok(());
        };
        let found = fs::symlink_metadata(&path)?;
        fs::remove_file(&path)?;
        self.notes.forget(&found);
        sync_parent(&path)?;
        prune(&folder, &path);
        Ok(())
    }

    fn check_match(&self, object: &Object, tags: &Tags) -> Result<(), S3Error> {
        let current = self.open(object)?.facts.note;
        if tags.fit(&current.etag) {
            return Ok(());
        }
        Err(S3Error::PreconditionFailed("If-Match"))
    }

    fn writing(&self) -> MutexGuard<'_, ()> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where one object is, or may be.
struct Place {
    /// The folder of its bucket.
    folder: PathBuf,
    path: PathBuf,
}

impl Place {
    /// Puts a staged file here, durably; `NotImplemented` where something is in the way: a folder cannot hold both `a` and `a/b`.
    fn put(&self, staged: &Staged, condition: &WriteCondition) -> Result<(), S3Error> {
        fs::create_dir_all(&self.folder)?;
        create_parents(&self.folder, &self.path)
            .and_then(|()| place(staged, &self.path, condition))
            .map_err(|error| self.refusal(error, condition))?;
        Ok(sync_parent(&self.path)?)
    }

    fn refusal(&self, error: io::Error, condition: &WriteCondition) -> S3Error {
        let taken = error.kind() == ErrorKind::AlreadyExists;
        if taken && *condition == WriteCondition::Absent && self.path.is_file() {
            return S3Error::PreconditionFailed("If-None-Match");
        }
        let kinds = [
            ErrorKind::IsADirectory,
            ErrorKind::NotADirectory,
            ErrorKind::DirectoryNotEmpty,
        ];
        if taken || kinds.contains(&error.kind()) {
            let path = self.path.display();
            return S3Error::NotImplemented(format!("an object where something else is: {path}"));
        }
        error.into()
    }
}

/// Linking fails when the name is taken, so a create-only write is atomic even against other processes on the folder.
fn place(staged: &Staged, path: &Path, condition: &WriteCondition) -> io::Result<()> {
    match condition {
        WriteCondition::Absent => fs::hard_link(&staged.path, path),
        WriteCondition::None | WriteCondition::Matches(_) => fs::rename(&staged.path, path),
    }
}
