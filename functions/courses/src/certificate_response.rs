//! A certificate, as everybody sees it who knows its id.

use jiff::civil::Date;
use jiff::tz::Offset;
use serde::Serialize;
use shared::domain::{Certificate, CertificateId, CertificateName, CertificateStatus, CourseId};

/// A certificate.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub(crate) struct CertificateResponse {
    id: CertificateId,
    name: CertificateName,
    course_id: CourseId,
    /// What the course was called when the certificate was made.
    course_title: String,
    /// The day on which the course was completed, in UTC.
    completed_on: Date,
    status: CertificateStatus,
}

impl CertificateResponse {
    pub(crate) fn new(certificate: Certificate, status: CertificateStatus) -> Self {
        let Certificate { id, name, course, title, completed_at, learner: _, issued_at: _ } = certificate;
        let completed_on = Offset::UTC.to_datetime(completed_at).date();
        Self { id, name, course_id: course, course_title: title, completed_on, status }
    }
}
