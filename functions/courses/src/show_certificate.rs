//! `GET /certificates/{id}`: a certificate, for everybody who knows its id.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, header};
use shared::domain::{AccessTarget, CertificateId, certificate_status};
use shared::http::{PathParameter, Problem};

use crate::certificate_response::CertificateResponse;
use crate::course_access::load_catalog_and_facts;

/// The certificate, and how long a browser may keep it.
type CachedCertificate = ([(HeaderName, &'static str); 1], Json<CertificateResponse>);

pub(crate) async fn handle(
    State(state): State<crate::state::State>,
    PathParameter(id): PathParameter,
) -> Result<CachedCertificate, Problem> {
    let unknown = || Problem::not_found("There is no such certificate.");
    let id = CertificateId::parse(id).map_err(|_| unknown())?;
    let certificate = state.store.certificate(&id).await?.ok_or_else(unknown)?;
    let (catalog, facts) = load_catalog_and_facts(&state.store, &certificate.learner).await?;
    // A certificate outlives its course in the catalog.
    let target = match catalog.course(certificate.course.as_str()) {
        Some(course) => catalog.access_target(course),
        None => AccessTarget::AnyOf(catalog.products_opening(&certificate.course)),
    };
    let status = certificate_status(state.store.now(), &state.policy, &facts, target, certificate.completed_at);
    // A certificate that is revoked must not be shown as valid for long.
    let cached = [(header::CACHE_CONTROL, "public, max-age=60")];
    Ok((cached, Json(CertificateResponse::new(certificate, status))))
}
