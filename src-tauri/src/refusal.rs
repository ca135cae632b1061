//! How the shell's own errors reach the page: as an [`ErrorView`], like the engine's.

use tidings_engine::{EngineError, view::ErrorView};
use tidings_protocol::{ErrorKind, LinkError, code};

/// What every command answers with.
pub(crate) type Answer<T> = Result<T, ErrorView>;

/// An error of the shell's own. `message` is for developers and holds no secret and no path.
pub(crate) fn refusal(code: i32, kind: ErrorKind, message: impl Into<String>) -> ErrorView {
    ErrorView {
        code,
        kind,
        message: message.into(),
        retry_after_ms: None,
    }
}

/// A parameter that makes no sense.
pub(crate) fn bad_parameter(message: impl Into<String>) -> ErrorView {
    refusal(code::BAD_PARAMETER, ErrorKind::BadRequest, message)
}

/// A disk that refused. The system's own words may name paths, so they go to the log only.
pub(crate) fn disk(error: &std::io::Error) -> ErrorView {
    tracing::error!(%error, "a file of the profile cannot be used");
    refusal(
        code::DISK,
        ErrorKind::Internal,
        "the profile's files cannot be used",
    )
}

/// A file that is not there, or not any more.
pub(crate) fn gone() -> ErrorView {
    refusal(code::NO_SUCH_FILE, ErrorKind::NotFound, "there is no such file")
}

/// What this desktop has not: a dialog, a microphone, a clipboard.
pub(crate) fn not_here(message: impl Into<String>) -> ErrorView {
    refusal(code::NOT_ON_THIS_DESKTOP, ErrorKind::Unavailable, message)
}

/// A link that is none.
pub(crate) fn bad_link(error: LinkError) -> ErrorView {
    refusal(code::BAD_LINK, ErrorKind::BadRequest, error.to_string())
}

/// An address that is none.
pub(crate) fn bad_address(error: LinkError) -> ErrorView {
    refusal(code::BAD_ADDRESS, ErrorKind::BadRequest, error.to_string())
}

/// The engine's refusal, for the page.
pub(crate) fn engine(error: EngineError) -> ErrorView {
    error.view()
}
