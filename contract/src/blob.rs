//! The bytes of one file: compressed in the store, verified on the way out.

use crate::digest::{Digest, HashingWriter};
use crate::layout;
use crate::manifest::File;
use crate::store::{Store, StoreError};
use futures_util::TryStreamExt;
use std::io::{self, Write};

/// The zstd level of published blobs. Measured on a 43 MB Rust binary, 19 makes it a fifth smaller than 9 but takes 27 s of
/// CPU to compress; decoding, which every instance pays, differs by 17 ms.
const LEVEL: i32 = 9;

/// The largest zstd window accepted, as a power of two: 128 MiB, the most that the format's own tools produce without being
/// asked. A hostile frame must not make an instance allocate more.
const WINDOW_LOG_MAX: u32 = 27;

/// Why a blob is refused.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// The store does not have it, although the manifest lists it.
    #[error("the store has no blob for `{path}` ({digest})")]
    Absent {
        /// The file's path in the release.
        path: String,
        /// The digest that was looked for.
        digest: Digest,
    },
    /// The bytes are not the ones that the manifest promises.
    #[error("the blob of `{path}` is not what the manifest says: {detail}")]
    Tampered {
        /// The file's path in the release.
        path: String,
        /// How it differs.
        detail: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The verified bytes could not be written where they should go.
    #[error("cannot write `{path}`")]
    Write {
        /// The file's path in the release.
        path: String,
        /// The operating system's answer.
        #[source]
        source: io::Error,
    },
}

/// Compresses a file's bytes for the store.
pub fn compress(bytes: &[u8]) -> io::Result<Vec<u8>> {
    zstd::encode_all(bytes, LEVEL)
}

/// Streams a file from the store into `sink`: decompressed, cut off at the promised size, verified at the end. On an error
/// `sink` holds unverified bytes, which the caller must discard.
pub async fn fetch<W: Write>(store: &Store, file: &File, sink: W) -> Result<W, BlobError> {
    let absent = || BlobError::Absent {
        path: file.path.clone(),
        digest: file.sha256,
    };
    let (_, mut chunks) = store
        .stream(&layout::blob(&file.sha256))
        .await?
        .ok_or_else(absent)?;
    let mut decoder = decoder(file, sink).map_err(|source| write_error(file, source))?;
    while let Some(chunk) = chunks.try_next().await? {
        decoder
            .write_all(&chunk)
            .map_err(|error| explain(file, error))?;
    }
    decoder.flush().map_err(|error| explain(file, error))?;
    let bounded = decoder.into_inner();
    let written = bounded.inner.written();
    let (sink, digest) = bounded.inner.finish();
    if written != file.size {
        return Err(tampered(
            file,
            format!("{written} bytes instead of {}", file.size),
        ));
    }
    if digest != file.sha256 {
        return Err(tampered(
            file,
            format!("its digest is {digest} instead of {}", file.sha256),
        ));
    }
    Ok(sink)
}

type Decoder<W> = zstd::stream::write::Decoder<'static, Bounded<HashingWriter<W>>>;

fn decoder<W: Write>(file: &File, sink: W) -> io::Result<Decoder<W>> {
    let bounded = Bounded {
        inner: HashingWriter::new(sink),
        left: file.size,
    };
    let mut decoder = zstd::stream::write::Decoder::new(bounded)?;
    decoder.window_log_max(WINDOW_LOG_MAX)?;
    Ok(decoder)
}

/// Passes on at most `left` bytes: a frame that expands beyond its promised size ends here, not on a full disk.
struct Bounded<W> {
    inner: W,
    left: u64,
}

impl<W: Write> Write for Bounded<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() as u64 > self.left {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                "larger than promised",
            ));
        }
        let taken = self.inner.write(bytes)?;
        self.left -= taken as u64;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// A zstd error means other bytes than promised; an operating system error (it has a code) means that the sink failed.
fn explain(file: &File, error: io::Error) -> BlobError {
    if error.raw_os_error().is_some() {
        return write_error(file, error);
    }
    let detail = match error.kind() {
        io::ErrorKind::FileTooLarge => format!("more than {} bytes", file.size),
        _ => "it cannot be decompressed".to_owned(),
    };
    tampered(file, detail)
}

fn write_error(file: &File, source: io::Error) -> BlobError {
    BlobError::Write {
        path: file.path.clone(),
        source,
    }
}

fn tampered(file: &File, detail: String) -> BlobError {
    BlobError::Tampered {
        path: file.path.clone(),
        detail,
    }
}
