//! The HTTP endpoints: what happens before there is a token. Those of files are in `files`.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Extension, State};
use axum::http::{StatusCode, header};
use axum::response::Response;
use axum::routing::{get, post};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tidings_protocol::{
    ErrorKind, PROTOCOL_VERSION, Registration, SignIn, SpaceInfo, WireError, code, limits,
};

use crate::address::Source;
use crate::service;
use crate::space::Space;

/// Who is at the other end of the connection.
#[derive(Clone, Copy)]
pub(super) struct Peer(pub(super) Source);

pub(super) fn router(space: &Arc<Space>) -> Router {
    Router::new()
        .route("/v1/space", get(space_info))
        .route("/v1/register", post(register))
        .route("/v1/sign-in", post(sign_in))
        .fallback(async || {
            refusal(
                StatusCode::NOT_FOUND,
                &WireError::new(code::BAD_PARAMETER, ErrorKind::NotFound, "nothing is here"),
            )
        })
        .layer(DefaultBodyLimit::max(limits::HTTP_BODY_BYTES))
        .with_state(Arc::clone(space))
}

async fn space_info(State(space): State<Arc<Space>>) -> Response {
    json(
        StatusCode::OK,
        &SpaceInfo {
            product: "tidings".to_owned(),
            protocol: PROTOCOL_VERSION,
            name: space.config.space_name.clone(),
            registration: space.config.registration,
        },
    )
}

async fn register(
    State(space): State<Arc<Space>>,
    Extension(Peer(source)): Extension<Peer>,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Response {
    match parse::<Registration>(body) {
        Ok(registration) => answer(service::register(&space, source, registration).await),
        Err(error) => answer::<()>(Err(error)),
    }
}

async fn sign_in(
    State(space): State<Arc<Space>>,
    Extension(Peer(source)): Extension<Peer>,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Response {
    match parse::<SignIn>(body) {
        Ok(sign_in) => answer(service::sign_in(&space, source, sign_in).await),
        Err(error) => answer::<()>(Err(error)),
    }
}

fn parse<T: DeserializeOwned>(
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Result<T, WireError> {
    let body = body.map_err(|rejection| {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            WireError::new(code::BAD_PARAMETER, ErrorKind::TooLarge, "the body is too large")
        } else {
            WireError::new(code::BAD_JSON, ErrorKind::BadRequest, "the body did not come")
        }
    })?;
    // The parser's own words may quote what was sent, and that is a password.
    serde_json::from_slice(&body).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => bad_field(&body),
        _ => WireError::new(code::BAD_JSON, ErrorKind::BadRequest, "the body is no JSON"),
    })
}

/// Which field was wrong, where it helps a person: the user id.
fn bad_field(body: &[u8]) -> WireError {
    #[derive(serde::Deserialize)]
    struct OnlyId {
        user_id: String,
    }
    let id = serde_json::from_slice::<OnlyId>(body).map(|only| only.user_id);
    if id.is_ok_and(|id| tidings_protocol::UserId::new(id).is_err()) {
        WireError::new(
            code::BAD_USER_ID,
            ErrorKind::BadRequest,
            "a user id is 1 to 32 bytes of printable ASCII",
        )
    } else {
        WireError::new(
            code::BAD_PARAMETER,
            ErrorKind::BadRequest,
            "a field is missing or wrong",
        )
    }
}

fn answer<T: Serialize>(result: Result<T, WireError>) -> Response {
    match result {
        Ok(answer) => json(StatusCode::OK, &answer),
        Err(error) => refusal(status(error.kind), &error),
    }
}

pub(super) fn status(kind: ErrorKind) -> StatusCode {
    match kind {
        ErrorKind::BadRequest => StatusCode::BAD_REQUEST,
        ErrorKind::Unauthorised => StatusCode::UNAUTHORIZED,
        ErrorKind::Forbidden => StatusCode::FORBIDDEN,
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::Conflict => StatusCode::CONFLICT,
        ErrorKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorKind::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        ErrorKind::Unavailable | ErrorKind::Network => StatusCode::SERVICE_UNAVAILABLE,
        ErrorKind::Internal | ErrorKind::Unknown => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// A refusal with its error as the body.
pub(super) fn refusal(status: StatusCode, error: &WireError) -> Response {
    json(status, error)
}

fn json<T: Serialize>(status: StatusCode, value: &T) -> Response {
    let body = serde_json::to_vec(value).unwrap_or_default();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static("application/json"),
    );
    headers.insert(
        header::CACHE_CONTROL,
        header::HeaderValue::from_static("no-store"),
    );
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        header::HeaderValue::from_static("nosniff"),
    );
    response
}
