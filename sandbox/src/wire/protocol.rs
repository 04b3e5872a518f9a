//! The services, which protocol each speaks, and the answer that a service hands to its protocol.

/// A service that the sandbox answers for, S3 and IMDS excepted (they are not operations with a name).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// Amazon EC2 Auto Scaling.
    AutoScaling,
    /// Amazon CloudWatch: metrics and alarms.
    CloudWatch,
    /// Amazon EC2.
    Ec2,
    /// Elastic Load Balancing, version 2 (application load balancers, target groups).
    ElbV2,
    /// Systems Manager; of it the Parameter Store.
    Ssm,
    /// Security Token Service.
    Sts,
}

/// How a service encodes requests and responses.
/// <https://smithy.io/2.0/aws/protocols/index.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Form in, XML out, lists as `.member.N`.
    AwsQuery,
    /// Form in, XML out, lists flattened, another envelope.
    Ec2Query,
    /// JSON both ways, the operation in `X-Amz-Target`.
    AwsJson,
    /// The same with another content type, for a service that spoke awsQuery before: errors name the code of those days.
    /// <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#aws-protocols-awsquerycompatible-trait>
    AwsJson10,
    /// CBOR both ways, the operation in the path, for such a service.
    /// <https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html>
    RpcV2Cbor,
}

/// A successful answer in the inner encoding of its protocol; the envelope is put round it by `envelope`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// awsQuery: the XML inside the Result element, `None` for an operation that has no Result.
    /// ec2Query: the XML of the response's members, `None` for none.
    Xml(Option<String>),
    /// awsJson: the whole document.
    Json(String),
    /// rpcv2Cbor: the whole document, `None` for an operation that has no output.
    Cbor(Option<Vec<u8>>),
}

impl Service {
    /// Every service.
    pub const ALL: [Self; 6] = [
        Self::AutoScaling,
        Self::CloudWatch,
        Self::Ec2,
        Self::ElbV2,
        Self::Ssm,
        Self::Sts,
    ];

    /// The name in a `SigV4` credential scope and before the colon of an IAM action.
    pub fn signing_name(self) -> &'static str {
        match self {
            Self::AutoScaling => "autoscaling",
            Self::CloudWatch => "monitoring",
            Self::Ec2 => "ec2",
            Self::ElbV2 => "elasticloadbalancing",
            Self::Ssm => "ssm",
            Self::Sts => "sts",
        }
    }

    /// The service that signs with `name`.
    pub fn from_signing_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.signing_name() == name)
    }

    /// The protocol that the SDKs use with this service; of CloudWatch's three the one that a request without a sign of
    /// another speaks.
    pub fn protocol(self) -> Protocol {
        match self {
            Self::AutoScaling | Self::CloudWatch | Self::ElbV2 | Self::Sts => Protocol::AwsQuery,
            Self::Ec2 => Protocol::Ec2Query,
            Self::Ssm => Protocol::AwsJson,
        }
    }

    /// Whether the service takes requests in this protocol.
    pub fn speaks(self, protocol: Protocol) -> bool {
        let further = matches!(protocol, Protocol::AwsJson10 | Protocol::RpcV2Cbor);
        protocol == self.protocol() || (self == Self::CloudWatch && further)
    }

    /// The API version, as the query protocols send it in `Version` and in the XML namespace.
    pub fn version(self) -> &'static str {
        match self {
            Self::AutoScaling => "2011-01-01",
            Self::CloudWatch => "2010-08-01",
            Self::Ec2 => "2016-11-15",
            Self::ElbV2 => "2015-12-01",
            Self::Ssm => "2014-11-06",
            Self::Sts => "2011-06-15",
        }
    }

    /// The service whose API version is `version`; no two of ours share one.
    pub fn from_version(version: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.version() == version)
    }

    /// The XML namespace of a response's root element. Empty for JSON services.
    pub fn xmlns(self) -> &'static str {
        match self {
            Self::AutoScaling => "http://autoscaling.amazonaws.com/doc/2011-01-01/",
            Self::CloudWatch => "http://monitoring.amazonaws.com/doc/2010-08-01/",
            Self::Ec2 => "http://ec2.amazonaws.com/doc/2016-11-15/",
            Self::ElbV2 => "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/",
            Self::Ssm => "",
            Self::Sts => "https://sts.amazonaws.com/doc/2011-06-15/",
        }
    }

    /// What stands before the dot in `X-Amz-Target` and after `/service/` in a CBOR request's path; `None` for services that
    /// speak neither.
    pub fn target_prefix(self) -> Option<&'static str> {
        match self {
            Self::CloudWatch => Some("GraniteServiceVersion20100801"),
            Self::Ssm => Some("AmazonSSM"),
            Self::AutoScaling | Self::Ec2 | Self::ElbV2 | Self::Sts => None,
        }
    }
}
