//! Pools of processes: who gets the work, and what becomes of it when processes end.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;
use std::{fs, thread};

use veo::{Context, Error, Lease, Proc, ProcPool};
use veo_tests::kernels::*;

use crate::declarations::built;
use crate::support::{Gate, NEVER, assert_says, child, differs, eventually, failure, output_of, within};

/// A pool of so many processes on node 0.
fn pool(processes: usize) -> ProcPool {
    ProcPool::builder().nodes(vec![0; processes]).create().unwrap()
}

fn loads(pool: &ProcPool) -> Vec<usize> {
    pool.members().iter().map(|member| member.load).collect()
}

fn ids(pool: &ProcPool) -> Vec<u64> {
    pool.members().iter().map(|member| member.proc.id()).collect()
}

/// Which process a job got.
fn id(ctx: &Context) -> u64 {
    ctx.proc().id()
}

#[test]
fn work_goes_to_the_one_with_the_least_to_do() {
    let pool = pool(3);
    let mut leases: Vec<Lease> = (0..6).map(|_| pool.pick().unwrap()).collect();
    assert_eq!(loads(&pool), [2, 2, 2]);
    let picked: Vec<u64> = leases.iter().map(|lease| id(lease)).collect();
    assert_eq!(picked, [ids(&pool), ids(&pool)].concat(), "each in its turn");
    let second = leases.remove(1);
    let id_of_second = id(&second);
    drop(second);
    assert_eq!(loads(&pool), [2, 1, 2]);
    assert_eq!(id(&pool.pick().unwrap()), id_of_second);
    leases.clear();
    assert_eq!(loads(&pool), [0, 0, 0]);
    // Nobody has anything to do: the one whose last turn is longest ago.
    let mut turns: Vec<u64> = (0..3).map(|_| pool.run(|ctx| Ok(id(ctx))).unwrap()).collect();
    turns.sort_unstable();
    assert_eq!(turns, ids(&pool));
}

#[test]
fn each_process_has_its_contexts() {
    let pool = ProcPool::builder().nodes([0, 0]).contexts(2).create().unwrap();
    let leases: Vec<Lease> = (0..4).map(|_| pool.pick().unwrap()).collect();
    let mut places: Vec<(u64, usize)> = leases.iter().map(|lease| (id(lease), lease.index())).collect();
    places.sort_unstable();
    places.dedup();
    assert_eq!(places.len(), 4, "four contexts of two processes: {places:?}");
    for lease in &leases {
        assert_eq!(echo_i32(lease, 9).wait().unwrap(), 9);
    }
}

#[test]
fn many_threads_share_it() {
    let pool = pool(3);
    let jobs = Mutex::new(BTreeMap::<u64, usize>::new());
    let sum: i64 = thread::scope(|scope| {
        let work = |thread: i64| {
            let (pool, jobs) = (&pool, &jobs);
            let job = move |n: i64| {
                pool.run(|ctx| {
                    *jobs.lock().unwrap().entry(id(ctx)).or_default() += 1;
                    let x = ctx.proc().upload(&[1, 2, thread as i32 * 1000 + n as i32])?;
                    total(ctx, 3, &x).wait()
                })
                .unwrap()
            };
            move || (0..50).map(job).sum::<i64>()
        };
        let threads: Vec<_> = (0..8).map(|thread| scope.spawn(work(thread))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    let numbers = |thread: i64| (0..50).map(move |n| 3 + thread * 1000 + n);
    assert_eq!(sum, (0..8).flat_map(numbers).sum::<i64>());
    assert_eq!(loads(&pool), [0, 0, 0]);
    let jobs = jobs.into_inner().unwrap();
    assert_eq!(jobs.keys().copied().collect::<Vec<_>>(), ids(&pool));
    assert_eq!(jobs.values().sum::<usize>(), 400);
}

#[test]
fn survivors_take_over() {
    let pool = pool(2);
    let mut dead = 0;
    let error = pool.run(|ctx| {
        dead = id(ctx);
        read_null(ctx).wait()
    });
    assert!(matches!(error, Err(Error::Exception { signal: 11, .. })), "{error:?}");
    assert_eq!(loads(&pool), [0, 0]);
    for _ in 0..5 {
        assert_ne!(pool.run(|ctx| echo_i32(ctx, 1).wait().map(|_| id(ctx))).unwrap(), dead);
    }
    let members = pool.members();
    let (ended, living): (Vec<_>, Vec<_>) = members.iter().partition(|member| member.ended.is_some());
    assert_eq!((ended.len(), ended[0].proc.id(), living.len()), (1, dead, 1));
    assert_says(ended[0].ended.as_ref().unwrap(), &["SIGSEGV"]);

    assert_eq!(pool.restart_dead().unwrap(), 1);
    assert_eq!(pool.restart_dead().unwrap(), 0);
    assert!(!ids(&pool).contains(&dead));
    let (first, second) = (pool.pick().unwrap(), pool.pick().unwrap());
    assert_ne!(id(&first), id(&second));
    assert_eq!(echo_i32(&first, 1).wait().unwrap() + echo_i32(&second, 2).wait().unwrap(), 3);
}

#[test]
fn what_a_death_cut_short_can_be_done_again() {
    let pool = pool(3);
    let tried = AtomicUsize::new(0);
    // The first two die.
    let value = pool
        .retry(5, |ctx| if tried.fetch_add(1, SeqCst) < 2 { read_null(ctx).wait() } else { echo_i32(ctx, 6).wait() });
    assert_eq!((value.unwrap(), tried.swap(0, SeqCst)), (6, 3));
    assert_eq!(loads(&pool), [0, 0, 0]);

    // Other errors are no death.
    let refused = || Error::Refused { operation: "this".into(), reason: "because".into() };
    let error = pool.retry(5, |_| {
        tried.fetch_add(1, SeqCst);
        Err::<(), _>(refused())
    });
    assert!(matches!(error, Err(Error::Refused { .. })), "{error:?}");
    assert_eq!(tried.swap(0, SeqCst), 1);

    // No more tries than wanted, and one at least.
    pool.restart_dead().unwrap();
    for (tries, expected) in [(2, 2), (0, 1)] {
        let error = pool.retry(tries, |ctx| {
            tried.fetch_add(1, SeqCst);
            call_exit(ctx, 3).wait()
        });
        assert!(matches!(error, Err(Error::Ended { .. })), "{error:?}");
        assert_eq!(tried.swap(0, SeqCst), expected);
    }
}

#[test]
fn when_all_are_dead_the_error_says_why_each_died() {
    let pool = pool(2);
    pool.run(|ctx| read_null(ctx).wait()).unwrap_err();
    pool.run(|ctx| call_abort(ctx).wait()).unwrap_err();
    let ids = ids(&pool);
    let lines = [format!("process {} on node 0", ids[0]), format!("process {} on node 0", ids[1])];
    let words = ["picking", "none of its 2 lives", &lines[0], "SIGSEGV", &lines[1], "SIGABRT", "restart_dead"];
    for error in [
        pool.pick().map(drop).unwrap_err(),
        pool.run(|_| Ok(())).unwrap_err(),
        pool.retry(3, |_| Ok(())).unwrap_err(),
        futures::executor::block_on(pool.run_async(async |_| Ok(()))).unwrap_err(),
    ] {
        assert!(matches!(error, Error::Refused { .. }), "{error:?}");
        assert_says(error, &words);
    }
    assert_eq!(pool.restart_dead().unwrap(), 2);
    assert_eq!(pool.run(|ctx| echo_i32(ctx, 4).wait()).unwrap(), 4);
}

#[test]
fn a_retry_that_uses_all_up_says_why_each_died() {
    let pool = pool(2);
    let error = pool.retry(9, |ctx| read_null(ctx).wait()).unwrap_err();
    assert_says(error, &["none of its 2 lives", "SIGSEGV"]);
}

#[test]
fn a_panic_is_the_callers_and_leaves_nothing_behind() {
    let pool = pool(2);
    for _ in 0..3 {
        let job = |_: &Context| -> veo::Result<()> { panic!("in a job") };
        catch_unwind(AssertUnwindSafe(|| pool.run(job))).unwrap_err();
        catch_unwind(AssertUnwindSafe(|| pool.retry(3, job))).unwrap_err();
    }
    assert_eq!(loads(&pool), [0, 0]);
    assert_eq!(pool.run(|ctx| echo_i32(ctx, 4).wait()).unwrap(), 4);
}

#[test]
fn leases_outlive_their_pool() {
    let pool = pool(2);
    let lease = pool.pick().unwrap();
    let gate = Gate::new(&lease.proc());
    gate.close(&lease);
    let running = echo_i32(&lease, 3);
    let other = pool.members().into_iter().find(|member| member.load == 0).unwrap().proc;
    drop(pool);
    gate.open();
    assert_eq!(running.wait().unwrap(), 3);
    assert_eq!(echo_i32(&lease, 4).wait().unwrap(), 4);
    drop(lease);
    assert_eq!(echo_i32(&other.open_context().unwrap(), 5).wait().unwrap(), 5, "handles of ours keep it, too");
}

#[test]
fn a_pool_is_dropped_while_jobs_run() {
    let pool = pool(2);
    let (started, wait) = std::sync::mpsc::channel();
    let jobs: Vec<_> = (0..4)
        .map(|n| {
            let (pool, started) = (pool.clone(), started.clone());
            thread::spawn(move || {
                pool.run(|ctx| {
                    started.send(()).unwrap();
                    nap_us(ctx, 50_000).wait()?;
                    echo_i32(ctx, n).wait()
                })
            })
        })
        .collect();
    (0..4).for_each(|_| wait.recv().unwrap());
    drop(pool);
    let values: Vec<i32> = jobs.into_iter().map(|job| job.join().unwrap().unwrap()).collect();
    assert_eq!(values, [0, 1, 2, 3]);
}

#[test]
fn a_forgotten_lease_is_harmless() {
    let pool = pool(2);
    std::mem::forget(pool.pick().unwrap());
    assert_eq!(loads(&pool), [1, 0]);
    assert_eq!(pool.run(|ctx| echo_i32(ctx, 4).wait()).unwrap(), 4);
    // Of a process that is no member any more.
    let lease = pool.pick().unwrap();
    failure(read_null(&lease));
    eventually("the end of the context", NEVER, || lease.has_ended());
    assert_eq!(pool.restart_dead().unwrap(), 1);
    let before = loads(&pool);
    drop(lease);
    assert_eq!(loads(&pool), before);
}

#[test]
fn async_jobs_on_several_threads() {
    let pool = pool(3);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let sum = runtime.block_on(async {
        let jobs: Vec<_> = (0..30)
            .map(|n| {
                let pool = pool.clone();
                tokio::spawn(async move {
                    pool.run_async(async |ctx: &Context| Ok(echo_i32(ctx, n).await? + echo_i32(ctx, n).await?)).await
                })
            })
            .collect();
        let mut sum = 0;
        for job in jobs {
            sum += job.await.unwrap().unwrap();
        }
        // A lease is the same by hand.
        let lease = pool.pick().unwrap();
        sum + tokio::spawn(async move { echo_i32(&lease, 1000).await }).await.unwrap().unwrap()
    });
    assert_eq!(sum, 30 * 29 + 1000);
    assert_eq!(loads(&pool), [0, 0, 0]);
}

#[test]
fn an_async_job_that_is_dropped_gives_its_lease_back() {
    let pool = pool(1);
    let gate = Gate::new(&pool.members()[0].proc);
    let mut job = Box::pin(pool.run_async(async |ctx| {
        gate.close(ctx);
        echo_i32(ctx, 1).await
    }));
    let polled = futures::executor::block_on(async { futures::poll!(&mut job) });
    assert!(polled.is_pending());
    assert_eq!(loads(&pool), [1]);
    drop(job);
    assert_eq!(loads(&pool), [0]);
    gate.open();
    assert_eq!(pool.run(|ctx| echo_i32(ctx, 4).wait()).unwrap(), 4);
}

#[test]
fn a_context_that_ends_alone_is_not_used_any_more() {
    let pool = ProcPool::builder().nodes([0]).contexts(2).create().unwrap();
    let lease = (0..2).map(|_| pool.pick().unwrap()).find(|lease| lease.index() == 1).unwrap();
    failure(end_thread(&lease));
    eventually("the end of the context", NEVER, || lease.has_ended());
    drop(lease);
    if differs("`pthread_exit` in a kernel ends the VE process") {
        assert_says(pool.pick().map(drop).unwrap_err(), &["none of its 1 lives"]);
        return;
    }
    for _ in 0..4 {
        assert_eq!(pool.run(|ctx| echo_i32(ctx, 0).wait().map(|_| ctx.index())).unwrap(), 0);
    }
    assert_eq!((pool.restart_dead().unwrap(), pool.members()[0].ended.as_ref()), (0, None));
}

#[test]
fn a_process_that_cannot_be_restarted_stays_dead_and_says_why() {
    let folder = std::env::temp_dir().join(format!("veo-pool-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let library = folder.join("libmoving.so");
    fs::copy(built("libkernels.so"), &library).unwrap();
    let pool = pool(1);
    pool.run(|ctx| ctx.proc().load_library(&library)).unwrap();
    pool.run(|ctx| read_null(ctx).wait()).unwrap_err();
    fs::remove_file(&library).unwrap();
    for _ in 0..2 {
        let error = pool.restart_dead().unwrap_err();
        assert!(matches!(error, Error::Library { .. }), "{error:?}");
        let words = ["none of its 1 lives", "SIGSEGV", "could not be restarted", "libmoving.so"];
        assert_says(pool.pick().map(drop).unwrap_err(), &words);
    }
    fs::copy(built("libkernels.so"), &library).unwrap();
    assert_eq!(pool.restart_dead().unwrap(), 1);
    assert_eq!(pool.run(|ctx| Ok(ctx.proc().libraries().len())).unwrap(), 1);
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn several_threads_restart_each_dead_process_once() {
    let pool = pool(3);
    let all: Vec<Lease> = (0..3).map(|_| pool.pick().unwrap()).collect();
    for lease in &all {
        failure(read_null(lease));
        eventually("the end of the context", NEVER, || lease.has_ended());
    }
    let restarted: usize = thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| pool.restart_dead().unwrap())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(restarted, 3);
    assert_eq!(loads(&pool), [0, 0, 0]);
}

#[test]
fn a_hook_may_use_the_pool_that_restarts_its_process() {
    let pool = pool(2);
    let (of_hook, here) = (pool.clone(), thread::current().id());
    within(NEVER, move || {
        let thread = thread::current().id();
        assert_ne!(thread, here);
        let id = veo::add_proc_init_hook(move |_| {
            if thread::current().id() == thread {
                assert_eq!(of_hook.restart_dead()?, 0);
                assert_eq!(of_hook.run(|ctx| echo_i32(ctx, 1).wait())?, 1);
            }
            Ok(())
        });
        pool.run(|ctx| read_null(ctx).wait()).unwrap_err();
        assert_eq!(pool.restart_dead().unwrap(), 1);
        veo::remove_proc_init_hook(id);
    });
}

/// Results, errors, panics, crashes and restarts on several threads: each piece of work has its own outcome, and nothing is left.
#[test]
fn everything_at_once() {
    let pool = pool(3);
    let restarts = AtomicUsize::new(0);
    let restart = || restarts.fetch_add(pool.restart_dead().unwrap(), SeqCst);
    // Again and again until a result is there: others may end the process under it.
    let value_of = |n: i32| loop {
        match pool.retry(5, |ctx| echo_i32(ctx, n).wait()) {
            Ok(value) => break value,
            Err(_) => drop(restart()),
        }
    };
    thread::scope(|scope| {
        for thread in 0..4 {
            let (pool, value_of) = (&pool, &value_of);
            scope.spawn(move || {
                for n in 0..24 {
                    match n % 8 {
                        3 if thread % 2 == 0 => {
                            pool.run(|ctx| read_null(ctx).wait()).unwrap_err();
                        }
                        5 => drop(catch_unwind(AssertUnwindSafe(|| {
                            pool.run(|_| -> veo::Result<()> { panic!("a job's") })
                        }))),
                        6 => drop(pool.pick()),
                        7 => drop(restart()),
                        _ => assert_eq!(value_of(thread * 100 + n), thread * 100 + n),
                    }
                }
            });
        }
    });
    restart();
    assert_eq!(loads(&pool), [0, 0, 0]);
    // Six times a kernel has crashed, or found its process dead.
    let restarts = restarts.load(SeqCst);
    assert!((1..=6).contains(&restarts), "{restarts} restarts");
    assert!(pool.members().iter().all(|member| member.ended.is_none()));
}

#[test]
fn pools_that_cannot_be() {
    let error = ProcPool::builder().nodes([]).create().unwrap_err();
    assert_says(error, &["creating a pool", "no node in the list"]);
    let error = ProcPool::builder().contexts(0).create().unwrap_err();
    assert_says(error, &["creating a pool", "a context at least"]);
    let error = ProcPool::builder().nodes([0, -7]).create().unwrap_err();
    assert!(matches!(error, Error::Create { node: -7, .. }), "{error:?}");
    let settings = Proc::builder().veorun("/no/such");
    assert_says(ProcPool::builder().process(settings).create().unwrap_err(), &["/no/such"]);
}

#[test]
fn a_process_on_each_node() {
    let mut command = child(&["pool"]);
    command.env("VEO_HOST_NODES", "3");
    assert_says(output_of(command), &["nodes [0, 1, 2]", "sum 6"]);
}
