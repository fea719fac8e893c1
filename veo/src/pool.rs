//! Pools: a process on each node, and work that goes to the one with the least to do.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::thread;
use std::time::{Duration, Instant};

use crate::builder::ProcBuilder;
use crate::context::Context;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::lock::lock;
use crate::process::Proc;

/// By when the end of a process is known whose kernel has crashed, on a busy machine.
const NOTICE_LIMIT: Duration = Duration::from_secs(1);

/// Several VE processes that share the work: one on each node, if nothing else is said.
///
/// Each piece of work gets a context of the process that has the least to do. When a process ends, what it was doing fails, and the
/// others take over; [`restart_dead`](Self::restart_dead) replaces it. A `ProcPool` is a cheap clone, for any number of threads.
///
/// ```
/// # mod kernels {
/// #     #[veo::ve_kernel]
/// #     pub unsafe extern "C" fn add_up(n: usize, x: *const f64) -> f64 { (0..n).map(|i| unsafe { *x.add(i) }).sum() }
/// # }
/// # #[veo::ve_offload(lib = static)] extern "C" { fn add_up(n: usize, x: *const f64) -> f64; }
/// use veo::ProcPool;
///
/// let pool = ProcPool::builder().nodes([0, 0]).create()?; // two processes on node 0
/// let data: Vec<f64> = (1..=1000).map(f64::from).collect();
/// let total = std::thread::scope(|scope| {
///     let sum_of = |part| pool.run(|ctx| {
///         let x = ctx.proc().upload(part)?;
///         add_up(ctx, part.len(), &x).wait()
///     });
///     let parts: Vec<_> = data.chunks(300).map(|part| scope.spawn(move || sum_of(part))).collect();
///     parts.into_iter().map(|part| part.join().expect("no panic")).sum::<veo::Result<f64>>()
/// })?;
/// assert_eq!(total, 500_500.0);
/// # Ok::<(), veo::Error>(())
/// ```
#[derive(Clone)]
pub struct ProcPool(Arc<Shared>);

struct Shared {
    /// Never more, never fewer.
    members: Mutex<Vec<Member>>,
    contexts: usize,
}

/// A process of the pool.
struct Member {
    proc: Proc,
    lanes: Vec<Lane>,
    /// When it was picked last, as a number that grows.
    picked: u64,
    restarting: bool,
    /// Why it could not be restarted.
    failed: Option<Error>,
}

/// A context of it.
struct Lane {
    context: Context,
    leases: usize,
    picked: u64,
}

/// Sets up a [`ProcPool`].
#[derive(Clone, Debug)]
#[must_use = "nothing happens before `create`"]
pub struct PoolBuilder {
    nodes: Option<Vec<i32>>,
    contexts: usize,
    process: ProcBuilder,
}

impl PoolBuilder {
    /// The nodes, each with one process; a node that is named twice has two. Default: all [`nodes`](crate::nodes).
    pub fn nodes(mut self, nodes: impl IntoIterator<Item = i32>) -> Self {
        self.nodes = Some(nodes.into_iter().collect());
        self
    }

    /// The contexts that each process opens: as many pieces of work run in it at the same time. Default: 1.
    pub fn contexts(mut self, contexts: usize) -> Self {
        self.contexts = contexts;
        self
    }

    /// How the processes are set up, but for their nodes. Default: [`Proc::builder`].
    pub fn process(mut self, process: ProcBuilder) -> Self {
        self.process = process;
        self
    }

    /// Starts the processes and opens their contexts.
    ///
    /// # Errors
    /// As [`ProcBuilder::create`], [`Proc::open_context`] and [`Engine::nodes`]; or there would be no process, or no context.
    pub fn create(mut self) -> Result<ProcPool> {
        let refused = |reason: &str| {
            Err(Error::Refused { operation: "creating a pool of VE processes".into(), reason: reason.into() })
        };
        if self.contexts == 0 {
            return refused("each process needs a context at least");
        }
        let engine = self.process.engine.take().map_or_else(Engine::choose, Ok)?;
        let nodes = match self.nodes {
            Some(nodes) => nodes,
            None => engine.nodes()?.into_iter().map(|node| node.id).collect(),
        };
        if nodes.is_empty() {
            return refused(
                "there is no node in the list, or on this computer, or a scheduler (_VENODELIST) grants none",
            );
        }
        let process = self.process.engine(engine);
        let member = |node| Member::new(process.clone().node(node).create()?, self.contexts);
        let members = nodes.into_iter().map(member).collect::<Result<_>>()?;
        Ok(ProcPool(Arc::new(Shared { members: Mutex::new(members), contexts: self.contexts })))
    }
}

impl ProcPool {
    /// A pool with one process on each of the [`nodes`](crate::nodes), and one context in each.
    ///
    /// # Errors
    /// As [`PoolBuilder::create`].
    pub fn new() -> Result<Self> {
        Self::builder().create()
    }

    /// Sets up a pool with nodes, contexts or settings of one's own.
    pub fn builder() -> PoolBuilder {
        PoolBuilder { nodes: None, contexts: 1, process: Proc::builder() }
    }

    /// Lends a context of the process with the least to do: of those that live, the one with the fewest leases, and of several
    /// such the one that was picked longest ago.
    ///
    /// This is the form for work that is not one function, and for async code: the lease can be kept across `.await`.
    ///
    /// # Errors
    /// No process lives. The error says how each has ended.
    ///
    /// ```
    /// # mod kernels { #[veo::ve_kernel] pub extern "C" fn square_in_pool(x: i64) -> i64 { x * x } }
    /// # #[veo::ve_offload(lib = static)] extern "C" { fn square_in_pool(x: i64) -> i64; }
    /// let pool = veo::ProcPool::new()?;
    /// let lease = pool.pick()?;
    /// let request = square_in_pool(&lease, 12); // queued; more can be done meanwhile, on other leases, too
    /// assert_eq!(request.wait()?, 144); // or `.await`
    /// drop(lease); // the pool counts it no longer
    /// # Ok::<(), veo::Error>(())
    /// ```
    pub fn pick(&self) -> Result<Lease> {
        let mut members = self.0.members();
        let next = members.iter().map(|member| member.picked).max().unwrap_or(0) + 1;
        let Some(member) = members.iter_mut().filter(|member| member.lives()).min_by_key(|member| member.load()) else {
            let reason = members.iter().map(Member::obituary).collect::<String>();
            return Err(Error::Refused {
                operation: "picking a VE process of the pool".into(),
                reason: format!("none of its {} lives; `ProcPool::restart_dead` replaces them:{reason}", members.len()),
            });
        };
        let lanes = member.lanes.iter_mut().filter(|lane| !lane.context.has_ended());
        let Some(lane) = lanes.min_by_key(|lane| (lane.leases, lane.picked)) else {
            // It has ended just now.
            drop(members);
            return self.pick();
        };
        lane.leases += 1;
        (lane.picked, member.picked) = (next, next);
        Ok(Lease { pool: Arc::downgrade(&self.0), context: lane.context.clone() })
    }

    /// Has `job` done by the process with the least to do, on the calling thread, and gives its result.
    ///
    /// If the process ends meanwhile, `job` gets errors from its requests, and its own error is given; what is run
    /// afterwards goes to the others. A panic of `job` is the caller's. A kernel that overruns its
    /// [deadline](ProcBuilder::deadline) runs on, in front of what comes next there: `ctx.proc().kill()` ends it with its process.
    ///
    /// # Errors
    /// That of `job`, or as [`pick`](Self::pick).
    pub fn run<T>(&self, job: impl FnOnce(&Context) -> Result<T>) -> Result<T> {
        let lease = self.pick()?;
        let result = job(&lease);
        lease.has_died(result.as_ref().err());
        result
    }

    /// The same for async code.
    ///
    /// # Errors
    /// That of `job`, or as [`pick`](Self::pick).
    ///
    /// ```
    /// # mod kernels { #[veo::ve_kernel] pub extern "C" fn cube(x: i64) -> i64 { x * x * x } }
    /// # #[veo::ve_offload(lib = static)] extern "C" { fn cube(x: i64) -> i64; }
    /// # async fn f() -> veo::Result<()> {
    /// let pool = veo::ProcPool::new()?;
    /// assert_eq!(pool.run_async(async |ctx| cube(ctx, 3).await).await?, 27);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn run_async<T>(&self, job: impl AsyncFnOnce(&Context) -> Result<T>) -> Result<T> {
        let lease = self.pick()?;
        job(&lease).await
    }

    /// As [`run`](Self::run), and if `job` fails because its process has ended, does it anew in another one, until it was tried
    /// `tries` times. Other errors are given at once.
    ///
    /// `job` is called anew from its start: only work that may be done twice can be left to this. A kernel that crashes by its own
    /// fault takes one process with each try.
    ///
    /// # Errors
    /// That of the last try, or as [`pick`](Self::pick) when no process is left.
    pub fn retry<T>(&self, tries: usize, mut job: impl FnMut(&Context) -> Result<T>) -> Result<T> {
        let mut left = tries.max(1);
        loop {
            let lease = self.pick()?;
            let result = job(&lease);
            left -= 1;
            match result {
                Err(error) if lease.has_died(Some(&error)) && left > 0 => {
                    tracing::warn!(target: "veo::pool", process = lease.proc().id(), %error, "trying again in another process");
                }
                result => return result,
            }
        }
    }

    /// Replaces every process that has ended by a new one: see [`Proc::restart`]. Says how many those were. Others work on meanwhile,
    /// and what another thread is restarting is left to it.
    ///
    /// # Errors
    /// The first error of [`Proc::restart`] or [`Proc::open_context`]. The remaining ones are tried all the same.
    ///
    /// ```
    /// # mod kernels { #[veo::ve_kernel] pub extern "C" fn fail() { std::process::abort() } }
    /// # #[veo::ve_offload(lib = static)] extern "C" { fn fail(); }
    /// let pool = veo::ProcPool::new()?;
    /// assert!(pool.run(|ctx| fail(ctx).wait()).is_err());
    /// assert_eq!(pool.restart_dead()?, 1);
    /// assert!(pool.members().iter().all(|member| member.ended.is_none()));
    /// # Ok::<(), veo::Error>(())
    /// ```
    pub fn restart_dead(&self) -> Result<usize> {
        let dead: Vec<(usize, Proc)> = {
            let mut members = self.0.members();
            let dead = members.iter_mut().enumerate().filter(|(_, member)| !member.restarting && !member.lives());
            dead.map(|(index, member)| {
                member.restarting = true;
                (index, member.proc.clone())
            })
            .collect()
        };
        let mut error = None;
        let mut count = 0;
        for (index, old) in dead {
            let fresh = old.restart().and_then(|proc| Member::new(proc, self.0.contexts));
            let mut members = self.0.members();
            match fresh {
                Ok(fresh) => {
                    count += 1;
                    let ended = std::mem::replace(&mut members[index], fresh);
                    drop(members);
                    // Only now: its memory may have to wait.
                    drop(ended);
                }
                Err(failed) => {
                    members[index].restarting = false;
                    members[index].failed = Some(failed.clone());
                    error.get_or_insert(failed);
                }
            }
        }
        error.map_or(Ok(count), Err)
    }

    /// The processes, in the order of their nodes, and what each has to do.
    #[must_use]
    pub fn members(&self) -> Vec<PoolMember> {
        self.0.members().iter().map(PoolMember::from).collect()
    }
}

impl Shared {
    fn members(&self) -> MutexGuard<'_, Vec<Member>> {
        lock(&self.members)
    }
}

impl Member {
    fn new(proc: Proc, contexts: usize) -> Result<Self> {
        let lane = |_| Ok(Lane { context: proc.open_context()?, leases: 0, picked: 0 });
        let lanes = (0..contexts).map(lane).collect::<Result<_>>()?;
        Ok(Self { proc, lanes, picked: 0, restarting: false, failed: None })
    }

    fn lives(&self) -> bool {
        !self.restarting && self.lanes.iter().any(|lane| !lane.context.has_ended())
    }

    fn leases(&self) -> usize {
        self.lanes.iter().map(|lane| lane.leases).sum()
    }

    /// What the next piece of work looks at: the smallest gets it.
    fn load(&self) -> (usize, u64) {
        (self.leases(), self.picked)
    }

    fn ended(&self) -> Option<String> {
        // Contexts may know first.
        self.proc.ended().or_else(|| (!self.lives()).then(|| "its contexts have ended".to_owned()))
    }

    /// A line about its end.
    fn obituary(&self) -> String {
        let ended = self.ended().unwrap_or_else(|| "it has ended".into());
        let restart = match &self.failed {
            _ if self.restarting => "; it is being restarted".into(),
            Some(error) => format!("; and it could not be restarted: {error}"),
            None => String::new(),
        };
        format!("\nprocess {} on node {}: {ended}{restart}", self.proc.id(), self.proc.node())
    }
}

/// A process of a [`ProcPool`], as it is at the moment.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PoolMember {
    /// The process.
    pub proc: Proc,
    /// How many leases there are of its contexts: pieces of work that are going on.
    pub load: usize,
    /// How it has ended, if it has.
    pub ended: Option<String>,
}

impl From<&Member> for PoolMember {
    fn from(member: &Member) -> Self {
        Self { proc: member.proc.clone(), load: member.leases(), ended: member.ended() }
    }
}

/// A context that a [`ProcPool`] has lent: the pool counts it as work until it is dropped.
///
/// It is used like a [`Context`], and keeps its process alive, even if the pool is dropped. Requests that run on when it is
/// dropped are not counted; they stand in front of what comes next.
pub struct Lease {
    pool: Weak<Shared>,
    context: Context,
}

impl Lease {
    /// Whether its process, or its context alone, has ended. If there is an error that says so, waits until it shows.
    fn has_died(&self, error: Option<&Error>) -> bool {
        let ended = || self.context.has_ended();
        if matches!(error, Some(Error::Exception { .. } | Error::Ended { .. })) {
            // Not for ever: it may be about another process.
            let start = Instant::now();
            while !ended() && start.elapsed() < NOTICE_LIMIT {
                thread::sleep(Duration::from_millis(1));
            }
        }
        ended()
    }
}

impl Deref for Lease {
    type Target = Context;

    fn deref(&self) -> &Context {
        &self.context
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(pool) = self.pool.upgrade() else { return };
        let mut members = pool.members();
        let lanes = members.iter_mut().flat_map(|member| &mut member.lanes);
        // Not there any more if its process was restarted.
        let own = |lane: &&mut Lane| Arc::ptr_eq(&lane.context.0, &self.context.0);
        if let Some(lane) = lanes.into_iter().find(own) {
            lane.leases -= 1;
        }
        drop(members);
        // Only now: this may be the last handle of the pool.
        drop(pool);
    }
}

impl fmt::Debug for ProcPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcPool").field("members", &self.members()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Lease").field(&self.context).finish()
    }
}
