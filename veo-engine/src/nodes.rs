//! Which VE node a process runs on: libveo's rules, over the nodes that this engine pretends to have.

use std::env;
use std::io;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

/// The most nodes that can be pretended.
const MAX_NODES: usize = 64;

/// Bytes that this program's processes have allocated on each node.
static USED: [AtomicUsize; MAX_NODES] = [const { AtomicUsize::new(0) }; MAX_NODES];

/// The number of VE nodes: `VEO_HOST_NODES`, 1 without it.
///
/// # Errors
/// The variable is not a number from 1 to 64.
pub fn count() -> io::Result<i32> {
    let Some(text) = env::var_os("VEO_HOST_NODES") else {
        return Ok(1);
    };
    text.to_str()
        .and_then(|text| text.trim().parse().ok())
        .filter(|count| (1..=MAX_NODES as i32).contains(count))
        .ok_or_else(|| {
            io::Error::other(format!("VEO_HOST_NODES={text:?}: expected the number of VE nodes to pretend, 1 to 64"))
        })
}

/// The nodes that this program may use, of those that are there: the number that it says, and the physical one. Under a
/// scheduler they count in its list, `_VENODELIST`.
///
/// # Errors
/// The list has something that is no number.
pub fn granted(physical: &[i32]) -> io::Result<Vec<(i32, i32)>> {
    let Some(list) = scheduled()? else {
        return Ok(physical.iter().map(|&node| (node, node)).collect());
    };
    Ok((0..).zip(list).filter(|(_, node)| physical.contains(node)).collect())
}

/// The scheduler's list, if there is one.
fn scheduled() -> io::Result<Option<Vec<i32>>> {
    let Ok(list) = env::var("_VENODELIST") else { return Ok(None) };
    list.split_whitespace().map(|word| number("_VENODELIST", word)).collect::<io::Result<Vec<_>>>().map(Some)
}

/// The physical node for a node argument: -1 is the environment's choice, and under a scheduler (`_VENODELIST`) other
/// numbers count in its list. A variable that is not a number is `InvalidData`.
pub(crate) fn resolve(node: i32) -> io::Result<i32> {
    let granted = scheduled()?;
    let wanted = match env::var("VE_NODE_NUMBER") {
        Ok(text) if node == -1 => Some(number("VE_NODE_NUMBER", &text)?),
        _ => None,
    };
    let physical = match (granted, node) {
        (_, ..=-2) => None,
        (None, -1) => Some(wanted.unwrap_or(0)),
        (None, node) => Some(node),
        (Some(list), -1) => match wanted {
            Some(wanted) => list.contains(&wanted).then_some(wanted),
            None => list.first().copied(),
        },
        (Some(list), node) => usize::try_from(node).ok().and_then(|index| list.get(index).copied()),
    };
    let count = count()?;
    physical.filter(|&physical| (0..count).contains(&physical)).ok_or_else(|| {
        let which = physical.filter(|&physical| physical != node).map_or(String::new(), |node| format!(" (physical node {node})"));
        io::Error::other(format!(
            "there is no VE node {node}{which}: this engine has {count} (VEO_HOST_NODES), and _VENODELIST and VE_NODE_NUMBER may limit them"
        ))
    })
}

fn number(variable: &str, text: &str) -> io::Result<i32> {
    text.trim().parse().map_err(|_| {
        io::Error::new(io::ErrorKind::InvalidData, format!("{variable}: expected node numbers, found {text:?}"))
    })
}

fn used(node: i32) -> Option<&'static AtomicUsize> {
    USED.get(usize::try_from(node).ok()?)
}

/// Takes `bytes` of a node's memory, of which there are `limit`. `false` when so many are not left.
pub(crate) fn take_memory(node: i32, bytes: usize, limit: usize) -> bool {
    let enough = |used: usize| used.checked_add(bytes).filter(|&used| used <= limit);
    used(node).is_some_and(|used| used.fetch_update(Relaxed, Relaxed, enough).is_ok())
}

pub(crate) fn give_memory_back(node: i32, bytes: usize) {
    if let Some(used) = used(node) {
        used.fetch_sub(bytes, Relaxed);
    }
}
