//! `POST /courses/{id}/certificate`: the certificate of a completed course, the same one each time; its name may be corrected.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use shared::domain::{
    Certificate, CertificateId, CertificateName, CertificateStatus, Enrollment, EnrollmentStatus, LearnerCourse,
    Progress, UserId,
};
use shared::http::{Caller, JsonBody, PathParameter, Problem};
use shared::store::{ProgressChange, ProgressOutcome, Retries, StoreError};

use crate::certificate_response::CertificateResponse;
use crate::course_access::{LoadedCourse, find_course, learner_course, load_course};

/// Whose certificate it is.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateCertificateRequest {
    name: CertificateName,
}

pub(crate) async fn handle(
    State(state): State<crate::state::State>,
    caller: Caller,
    PathParameter(id): PathParameter,
    JsonBody(CreateCertificateRequest { name }): JsonBody<CreateCertificateRequest>,
) -> Result<(StatusCode, Json<CertificateResponse>), Problem> {
    let (store, user) = (&state.store, &caller.user);
    let LoadedCourse { catalog, facts, mut progress } = load_course(store, user, &id).await?;
    let course = find_course(&catalog, &id)?;
    let mut retries = Retries::new();
    loop {
        let known = progress.as_ref().map(|progress| &progress.value);
        let learner_course = learner_course(&state, &catalog, &facts, known, course);
        let (current, completed_at) = require_completion(&learner_course)?;
        let earlier = match &current.certificate {
            Some(id) => store.certificate(id).await?,
            None => None,
        };
        let status = if earlier.is_some() { StatusCode::OK } else { StatusCode::CREATED };
        let certificate = match earlier {
            Some(earlier) if earlier.name == name => return Ok((status, valid(earlier))),
            Some(earlier) => Certificate { name: name.clone(), ..earlier },
            None => new_certificate(&learner_course, user, name.clone(), completed_at)?,
        };
        let next =
            Progress { certificate: Some(certificate.id.clone()), completed_at: Some(completed_at), ..current.clone() };
        let change = ProgressChange { user, expected: progress.as_ref(), next: &next, certificate: Some(&certificate) };
        match store.write_progress(&change).await? {
            ProgressOutcome::Written => return Ok((status, valid(certificate))),
            ProgressOutcome::VersionConflict => retries.wait().await.map_err(StoreError::from)?,
        }
        progress = store.progress(user, &course.id).await?;
    }
}

fn valid(certificate: Certificate) -> Json<CertificateResponse> {
    Json(CertificateResponse::new(certificate, CertificateStatus::Valid))
}

/// The progress of who may have a certificate, and when the course was completed.
fn require_completion<'a>(learner_course: &LearnerCourse<'a>) -> Result<(&'a Progress, Timestamp), Problem> {
    if !learner_course.course.certificate {
        return Err(Problem::not_found("This course has no certificate."));
    }
    let Enrollment { status, completed_at, because, .. } = learner_course.enrollment();
    match learner_course.progress.zip(completed_at) {
        Some(completed) if status == EnrollmentStatus::Completed => Ok(completed),
        // It was completed, and the money went back.
        Some(_) => Err(Problem::no_access(because)),
        None => Err(Problem::conflict("not_completed", "Not every step of the course is completed.")),
    }
}

fn new_certificate(
    learner_course: &LearnerCourse<'_>,
    user: &UserId,
    name: CertificateName,
    completed_at: Timestamp,
) -> Result<Certificate, Problem> {
    let course = learner_course.course;
    Ok(Certificate {
        id: random_id()?,
        learner: user.clone(),
        course: course.id.clone(),
        title: course.title.clone(),
        name,
        completed_at,
        issued_at: learner_course.now,
    })
}

/// 128 bits from the operating system: who does not know the id cannot guess it.
fn random_id() -> Result<CertificateId, Problem> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(Problem::internal)?;
    CertificateId::parse(format!("cert_{:032x}", u128::from_ne_bytes(random))).map_err(Problem::internal)
}
