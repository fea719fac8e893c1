//! The VE nodes that there are.

use std::io;

use crate::api::Api;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::process::Proc;

/// A VE node: a card, or what plays one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Node {
    /// Its number for [`Proc::create`].
    pub id: i32,
    /// The number of the card, as in `/sys/class/ve/ve0`. A scheduler (`_VENODELIST`) gives a job some cards of all, and the
    /// job counts its own from 0.
    pub physical: i32,
    /// Its architecture: 1 for the VE 10 and 20, 3 for the VE 30. `None` if the engine cannot tell.
    pub arch: Option<u32>,
}

/// The VE nodes on which this program may create processes, with the engine that [`Engine::choose`] gives. See
/// [`Engine::nodes`].
///
/// # Errors
/// As [`Engine::nodes`], and `VEO_ENGINE` has a wrong value.
///
/// ```
/// for node in veo::nodes()? {
///     let proc = veo::Proc::create(node.id)?;
///     println!("process {} on node {}, architecture {:?}", proc.id(), node.id, node.arch);
/// }
/// # Ok::<(), veo::Error>(())
/// ```
pub fn nodes() -> Result<Vec<Node>> {
    Engine::choose()?.nodes()
}

impl Engine {
    /// The VE nodes on which this program may create processes with this engine, in the order of their numbers. Wraps
    /// `veo_get_ve_arch`.
    ///
    /// For libveo they are the cards in `/sys/class/ve`. The host engine pretends to have as many as `VEO_HOST_NODES` says, 1 if
    /// it is not set; so does libveo where no card is. Under a scheduler only those count that `_VENODELIST` grants.
    ///
    /// # Errors
    /// The engine cannot be used, or `VEO_HOST_NODES` or `_VENODELIST` has a wrong value.
    pub fn nodes(&self) -> Result<Vec<Node>> {
        let api = self.load(true)?;
        let physical = || if api.is_host() { None } else { Some(veo_sys::cards()).filter(|cards| !cards.is_empty()) };
        let granted = physical().map_or_else(pretended, Ok).and_then(|physical| veo_engine::granted_nodes(&physical));
        let granted = granted
            .map_err(|error| Error::Refused { operation: "listing the VE nodes".into(), reason: error.to_string() })?;
        let node = |(id, physical)| Node { id, physical, arch: api.arch(id).ok().flatten() };
        Ok(granted.into_iter().map(node).collect())
    }
}

fn pretended() -> io::Result<Vec<i32>> {
    Ok((0..veo_engine::node_count()?).collect())
}

impl Proc {
    /// The architecture of its node: 1 for the VE 10 and 20, 3 for the VE 30. Wraps `veo_get_ve_arch`.
    ///
    /// # Errors
    /// This libveo is too old to tell, or finds no card.
    ///
    /// ```
    /// # if veo::Engine::choose()? != veo::Engine::Host { return Ok(()); }
    /// let proc = veo::Proc::create(0)?;
    /// assert_eq!(proc.arch()?, 1);
    /// # Ok::<(), veo::Error>(())
    /// ```
    pub fn arch(&self) -> Result<u32> {
        arch(self.0.api, self.node())
    }
}

fn arch(api: Api, node: i32) -> Result<u32> {
    api.arch(node)?.ok_or_else(|| Error::Refused {
        operation: format!("asking for the architecture of VE node {node}"),
        reason: "libveo does not find its card in /sys/class/ve; without a card nothing depends on it".into(),
    })
}
