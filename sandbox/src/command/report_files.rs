//! Where a rehearsal's report goes. The folder is proved usable before the rehearsal, which takes minutes and whose verdict must
//! not be lost to a typo, and is emptied of an earlier report: one that stays would be read as this rehearsal's.

use super::failure::{Exit, Failure};
use sandbox::report::Report;
use sandbox::start::nearby;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

const JSON: &str = "report.json";
const HTML: &str = "report.html";

/// Why a report cannot be kept.
#[derive(Debug, thiserror::Error)]
#[error("could not keep a report in {}", .folder.display())]
pub(super) struct ReportFilesError {
    folder: PathBuf,
    #[source]
    source: io::Error,
}

/// A folder that takes a report and has none.
#[derive(Debug)]
pub(super) struct ReportFiles {
    folder: PathBuf,
}

impl ReportFiles {
    /// Makes the folder if there is none, and removes an earlier report from it.
    pub(super) fn prepare(folder: &Path) -> Result<ReportFiles, ReportFilesError> {
        let prepared = std::fs::create_dir_all(folder)
            .and_then(|()| [JSON, HTML].iter().try_for_each(|name| clear(folder, name)));
        match prepared {
            Ok(()) => Ok(ReportFiles {
                folder: folder.to_owned(),
            }),
            Err(source) => Err(ReportFilesError {
                folder: folder.to_owned(),
                source,
            }),
        }
    }

    /// Writes the report; answers the paths as a person would type them.
    pub(super) fn write(&self, report: &Report) -> Result<[String; 2], ReportFilesError> {
        let write = |name, text: String| {
            let path = self.folder.join(name);
            // Written beside and renamed: a reader sees all of it or nothing.
            std::fs::write(beside(&path), text)
                .and_then(|()| std::fs::rename(beside(&path), &path))
                .map(|()| nearby(&path).display().to_string())
                .map_err(|source| ReportFilesError {
                    folder: self.folder.clone(),
                    source,
                })
        };
        Ok([
            write(JSON, report.to_json())?,
            write(HTML, report.to_html())?,
        ])
    }
}

/// Removes one file, and makes sure that it can be written.
fn clear(folder: &Path, name: &str) -> io::Result<()> {
    let path = folder.join(name);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    File::create(beside(&path))?;
    std::fs::remove_file(beside(&path))
}

fn beside(path: &Path) -> PathBuf {
    path.with_added_extension("new")
}

impl From<ReportFilesError> for Failure {
    fn from(error: ReportFilesError) -> Failure {
        Failure {
            exit: Exit::Usage,
            error: error.into(),
            hint: Some("name a folder that can be written with --report".to_owned()),
        }
    }
}
