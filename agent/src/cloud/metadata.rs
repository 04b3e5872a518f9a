//! The instance metadata service, version 2. `AWS_EC2_METADATA_SERVICE_ENDPOINT` leads it elsewhere, as with every SDK.

use crate::install::Wanted;
use crate::seen::Target;
use aws_config::imds::Client;
use aws_config::imds::client::error::ImdsError;
use contract::digest::DigestError;
use contract::tags;

/// Who this instance is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// `i-…`
    pub(crate) instance: String,
    pub(crate) region: String,
    /// The Availability Zone.
    pub(crate) zone: String,
}

/// Why a fact about this instance is not known.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MetadataError {
    #[error("cannot read {path} from the instance metadata")]
    Unreadable {
        path: String,
        #[source]
        source: Box<ImdsError>,
    },
    #[error(
        "the instance has no tag {tag}: the launch template must set it and enable InstanceMetadataTags"
    )]
    NoTag { tag: &'static str },
    #[error("the tag {tag} is not a version: {source}")]
    BadVersion {
        tag: &'static str,
        #[source]
        source: semver::Error,
    },
    #[error("the tag {tag} is not a digest: {source}")]
    BadDigest {
        tag: &'static str,
        #[source]
        source: DigestError,
    },
}

impl MetadataError {
    /// Whether the same may succeed later.
    pub(crate) fn is_transient(&self) -> bool {
        matches!(self, Self::Unreadable { .. })
    }
}

/// The metadata of this instance.
#[derive(Clone, Debug)]
pub(crate) struct Metadata {
    client: Client,
}

impl Metadata {
    /// Nothing is read yet.
    pub(crate) fn new() -> Self {
        Self {
            client: Client::builder().build(),
        }
    }

    /// Who this instance is.
    pub(crate) async fn identity(&self) -> Result<Identity, MetadataError> {
        Ok(Identity {
            instance: self.read("instance-id").await?,
            region: self.read("placement/region").await?,
            zone: self.read("placement/availability-zone").await?,
        })
    }

    /// The release that the tags ask for.
    pub(crate) async fn wanted(&self) -> Result<Wanted, MetadataError> {
        let version = self.tag(tags::VERSION).await?;
        let manifest = self.tag(tags::MANIFEST).await?;
        Ok(Wanted {
            version: version
                .parse()
                .map_err(|source| MetadataError::BadVersion {
                    tag: tags::VERSION,
                    source,
                })?,
            manifest: manifest
                .parse()
                .map_err(|source| MetadataError::BadDigest {
                    tag: tags::MANIFEST,
                    source,
                })?,
        })
    }

    /// The target lifecycle state; [`Target::Unknown`] when none was ever set.
    pub(crate) async fn target(&self) -> Result<Target, MetadataError> {
        let state = self.find("autoscaling/target-lifecycle-state").await?;
        Ok(match state.as_deref() {
            None => Target::Unknown,
            Some("InService") => Target::InService,
            Some("Terminated") => Target::Terminated,
            Some(_) => Target::Elsewhere,
        })
    }

    async fn tag(&self, tag: &'static str) -> Result<String, MetadataError> {
        let found = self.find(&format!("tags/instance/{tag}")).await?;
        found.ok_or(MetadataError::NoTag { tag })
    }

    /// `None` for a path that does not exist.
    async fn find(&self, path: &str) -> Result<Option<String>, MetadataError> {
        match self.client.get(format!("/latest/meta-data/{path}")).await {
            Ok(value) => Ok(Some(value.as_ref().trim().to_owned())),
            Err(ImdsError::ErrorResponse(answer)) if answer.response().status().as_u16() == 404 => {
                Ok(None)
            }
            Err(error) => Err(unreadable(path, error)),
        }
    }

    async fn read(&self, path: &str) -> Result<String, MetadataError> {
        match self.client.get(format!("/latest/meta-data/{path}")).await {
            Ok(value) => Ok(value.as_ref().trim().to_owned()),
            Err(error) => Err(unreadable(path, error)),
        }
    }
}

fn unreadable(path: &str, source: ImdsError) -> MetadataError {
    MetadataError::Unreadable {
        path: path.to_owned(),
        source: Box::new(source),
    }
}
