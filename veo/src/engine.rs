//! Which engine runs the kernels.

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::sync::OnceLock;

use crate::api::Api;
use crate::error::{Error, Result};

/// Where kernels run, and who brings them there.
///
/// Without a choice of the program's own, the environment variable `VEO_ENGINE` decides: `host`, `libveo`, or the path of
/// a `libveo.so`. Without that, libveo is taken where it loads and a VE card is present, the host engine everywhere else.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Engine {
    /// The embedded engine: kernels run in a second process on this host.
    Host,
    /// NEC's libveo, found where it is usually installed: kernels run on a VE card.
    Libveo,
    /// A particular `libveo.so`.
    Path(PathBuf),
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host => f.write_str("`host`"),
            Self::Libveo => f.write_str("`libveo`"),
            Self::Path(path) => write!(f, "`{}`", path.display()),
        }
    }
}

/// The version of an engine.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Version {
    /// The version of libveo's API, which says what functions it has.
    pub api: u32,
    /// The release of libveo, such as `3.0.2`: for the host engine the one that it takes after. Old ones do not tell.
    pub release: Option<String>,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.release {
            Some(release) => write!(f, "libveo {release}, API version {}", self.api),
            None => write!(f, "API version {}", self.api),
        }
    }
}

impl From<Api> for Version {
    fn from(api: Api) -> Self {
        Self { api: api.version(), release: api.release() }
    }
}

/// The variable that chooses the engine.
const VARIABLE: &str = "VEO_ENGINE";

impl Engine {
    /// The engine that a process gets whose builder names none.
    ///
    /// # Errors
    /// `VEO_ENGINE` has a value that is neither `host` nor `libveo` nor a path.
    ///
    /// ```
    /// if std::env::var_os("VEO_ENGINE").is_none() && !std::path::Path::new("/sys/class/ve").exists() {
    ///     assert_eq!(veo::Engine::choose()?, veo::Engine::Host);
    /// }
    /// # Ok::<(), veo::Error>(())
    /// ```
    pub fn choose() -> Result<Self> {
        if let Some(value) = env::var_os(VARIABLE).filter(|value| !value.is_empty()) {
            return Self::from_variable(value);
        }
        static DEFAULT: OnceLock<Engine> = OnceLock::new();
        let default = DEFAULT.get_or_init(|| {
            let card = veo_sys::card_present();
            let engine = if card && veo_sys::load(None).is_ok() { Self::Libveo } else { Self::Host };
            tracing::info!(target: "veo::create", %engine, card, "VEO_ENGINE is not set: chose an engine");
            engine
        });
        Ok(default.clone())
    }

    /// Its version. Wraps `veo_api_version` and `veo_version_string`.
    ///
    /// # Errors
    /// The engine cannot be used.
    ///
    /// ```
    /// assert!(veo::Engine::Host.version()?.api >= 16);
    /// # Ok::<(), veo::Error>(())
    /// ```
    pub fn version(&self) -> Result<Version> {
        self.load(true).map(Version::from)
    }

    fn from_variable(value: OsString) -> Result<Self> {
        match value.to_str() {
            Some("host") => Ok(Self::Host),
            Some("libveo") => Ok(Self::Libveo),
            _ if value.as_encoded_bytes().contains(&b'/') => Ok(Self::Path(value.into())),
            _ => Err(Error::Engine {
                requested: format!("`{}`", value.display()),
                origin: VARIABLE,
                reason: "expected `host`, `libveo`, or the path of a libveo.so with a `/` in it".into(),
            }),
        }
    }

    /// Loads it; `by_program` says whether the program has named it, for the error.
    pub(crate) fn load(&self, by_program: bool) -> Result<Api> {
        let path = match self {
            Self::Host => return Ok(Api::host()),
            Self::Libveo => None,
            Self::Path(path) => Some(path.as_path()),
        };
        veo_sys::load(path).map(Api::library).map_err(|error| Error::Engine {
            requested: self.to_string(),
            origin: if by_program { "the program" } else { VARIABLE },
            reason: format!("{error}\nVEO_ENGINE=host runs kernels on this host, without a card"),
        })
    }
}
