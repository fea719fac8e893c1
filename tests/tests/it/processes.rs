//! Several processes on one node and on several, and what a process knows about itself.

use std::ffi::c_void;

use veo::{Context, Engine, Error, Proc, Request, VeBuffer, VePtr, args};
use veo_tests::kernels::*;

use crate::declarations::built;
use crate::support::{NEVER, assert_says, child, differs, eventually, failure, output_of, process, within};

#[test]
fn a_process_tells_what_it_runs_on() {
    let (proc, _ctx) = process();
    assert_eq!(*proc.engine(), Engine::choose().unwrap());
    let version = proc.version();
    assert!(version.api >= 11, "{version}");
    assert_eq!(proc.engine().version().unwrap(), version);
    let text = version.to_string();
    assert_says(&text, &["libveo ", &version.release.unwrap(), &version.api.to_string()]);
    if !differs("the architecture of a node is not known without a card") {
        assert_eq!(proc.arch().unwrap(), 1);
        return;
    }
    let error = proc.arch().unwrap_err();
    assert_says(error, &["the architecture of VE node 0", "/sys/class/ve"]);
}

#[test]
fn identifiers_are_given_again_and_ids_are_not() {
    let (first, second) = (Proc::create(0).unwrap(), Proc::create(0).unwrap());
    assert_ne!(first.identifier().unwrap(), second.identifier().unwrap());
    assert_ne!(first.id(), second.id());
    let known = first.clone();
    let kept = second.clone();
    second.destroy().unwrap();
    if *kept.engine() == Engine::Host {
        let error = kept.identifier().unwrap_err();
        assert!(matches!(error, Error::Ended { .. }), "{error:?}");
        assert_says(error, &["identifier of a VE process", "destroyed"]);
    }
    assert_eq!(first.identifier().unwrap(), known.identifier().unwrap());
}

#[test]
fn a_process_says_whether_it_has_ended() {
    let (proc, ctx) = process();
    let further = proc.open_context().unwrap();
    assert_eq!(proc.ended(), None);
    assert!(!ctx.has_ended() && !further.has_ended());
    failure(read_null(&further));
    assert_says(proc.ended().unwrap(), &["SIGSEGV", "read_null"]);
    let ended = || ctx.has_ended() && further.has_ended();
    eventually("the end of the contexts", NEVER, ended);
}

#[test]
fn a_call_of_a_function_can_wait_for_its_result() {
    let proc = Proc::create(0).unwrap();
    let library = proc.load_library(built("libtestkernels.so")).unwrap();
    let echo = library.find_function("echo_f64").unwrap().args_type(["double"]).unwrap().ret_type("double").unwrap();
    assert_eq!(echo.call_sync(args![0.1]).unwrap().as_f64(), Some(0.1));
    assert_says(echo.call_sync(args![]).unwrap_err(), &["echo_f64", "takes 1"]);
    let typed = library.function::<fn(i32, i32) -> i32>("divide").unwrap();
    assert_eq!(typed.call_sync((42, 6)).unwrap(), 7);
    assert!(matches!(typed.call_sync((42, 0)), Err(Error::Exception { signal: 8, .. })));
}

#[test]
fn processes_of_one_node_have_memory_libraries_and_ends_of_their_own() {
    let processes: Vec<(Proc, Context)> = (0..4).map(|_| process()).collect();
    let pids: Vec<i32> = processes.iter().map(|(_, ctx)| process_id(ctx).wait().unwrap()).collect();
    assert!((1..4).all(|i| !pids[..i].contains(&pids[i])), "{pids:?}");
    // The library of each counts for itself.
    for (calls, (_, ctx)) in processes.iter().enumerate() {
        (0..calls).for_each(|_| count_call(ctx).wait().unwrap());
    }
    let counts: Vec<i32> = processes.iter().map(|(_, ctx)| calls_so_far(ctx).wait().unwrap()).collect();
    assert_eq!(counts, [0, 1, 2, 3]);
    let buffers: Vec<VeBuffer<i32>> =
        (0..).zip(&processes).map(|(n, (proc, _))| proc.upload(&[n; 10]).unwrap()).collect();
    failure(read_null(&processes[1].1));
    for (n, ((_, ctx), buffer)) in processes.iter().zip(&buffers).enumerate() {
        if n == 1 {
            assert!(failure(total(ctx, 10, buffer)).to_string().contains("SIGSEGV"));
        } else {
            assert_eq!(total(ctx, 10, buffer).wait().unwrap(), 10 * n as i64);
        }
    }
}

/// Every use of one process's things with another process is an error that names both.
#[test]
fn what_belongs_to_one_process_is_refused_by_others() {
    let (owner, own) = process();
    let (user, foreign) = process();
    #[track_caller]
    fn refused<T>(ids: (u64, u64), what: &str, request: Request<'_, T>) {
        let error = failure(request);
        let Error::WrongProcess { what: named, owner, used } = error else { panic!("{error:?}") };
        assert_eq!((named, owner, used), (what, ids.0, ids.1));
        let both = [format!("{what} belongs to VE process {owner}"), format!("with VE process {used}")];
        assert_says(&error, &[&both[0], &both[1]]);
    }
    let ids = (owner.id(), user.id());
    let mut x = owner.upload(&[1, 2, 3]).unwrap();
    refused(ids, "a VE buffer", total(&foreign, 3, &x));
    refused(ids, "a VE buffer", total(&foreign, 2, x.slice(1..)));
    refused(ids, "a VE buffer", fill(&foreign, 3, 7, &mut x));
    refused(ids, "a VE buffer", fill(&foreign, 1, 7, x.slice_mut(..1)));
    refused(ids, "a VE buffer", compare(&foreign, &x, VePtr::<c_void>::null(), 0));
    refused(ids, "a VE buffer", foreign.read(&x, vec![0; 3]));
    refused(ids, "a VE buffer", foreign.write(&mut x, vec![0; 3]));
    let mut host = [0; 3];
    foreign.scope(|s| refused(ids, "a VE buffer", s.read(&x, &mut host)));
    foreign.scope(|s| refused(ids, "a VE buffer", s.write(&mut x, &[0; 3])));

    let library = |proc: &Proc| proc.load_library(built("libtestkernels.so")).unwrap();
    let total_of = |library: veo::Library| {
        library.find_function("total").unwrap().args_type(["size_t", "int *"]).unwrap().ret_type("long").unwrap()
    };
    let (by_name, typed) =
        (total_of(library(&owner)), library(&owner).function::<fn(usize, *const i32) -> i64>("total").unwrap());
    refused(ids, "a VE function", by_name.call(&foreign, args![3, &x]));
    refused(ids, "a VE function", typed.call(&foreign, (3, &x)));
    refused(ids, "a VE buffer", total_of(library(&user)).call(&foreign, args![3, &x]));
    let turned = (ids.1, ids.0);
    refused(turned, "a VE function", total_of(library(&user)).call(&own, args![3, &x]));

    // Nothing of that has harmed anybody.
    foreign.sync().unwrap();
    assert_eq!(total(&own, 3, &x).wait().unwrap(), 6);
    assert_eq!(typed.call(&own, (3, &x)).wait().unwrap(), 6);
}

#[test]
fn nodes_are_listed() {
    let list = |environment: &[(&str, &str)]| {
        let mut command = child(&["list-nodes"]);
        command.envs(environment.iter().copied());
        output_of(command)
    };
    let arch = if differs("the architecture of a node is not known without a card") { "None" } else { "Some(1)" };
    let lines = |nodes: &[(i32, i32)]| {
        nodes.iter().map(|(id, physical)| format!("{id} is {physical}, {arch}\n")).collect::<String>()
    };
    assert_eq!(list(&[]), lines(&[(0, 0)]));
    assert_eq!(list(&[("VEO_HOST_NODES", "3")]), lines(&[(0, 0), (1, 1), (2, 2)]));
    // A scheduler's list counts from 0; what is not there is left out.
    assert_eq!(list(&[("VEO_HOST_NODES", "3"), ("_VENODELIST", "2 7 0")]), lines(&[(0, 2), (2, 0)]));
    assert_eq!(list(&[("_VENODELIST", "")]), "");
    assert_says(
        list(&[("VEO_HOST_NODES", "none")]),
        &["error: listing the VE nodes", "VEO_HOST_NODES=\"none\"", "1 to 64"],
    );
    assert_says(list(&[("_VENODELIST", "0 x")]), &["error: listing the VE nodes", "_VENODELIST", "\"x\""]);
    assert_says(list(&[("VEO_ENGINE", "nothing")]), &["error:", "VEO_ENGINE", "nothing"]);
    assert_says(Engine::Path("/no/such.so".into()).nodes().unwrap_err(), &["/no/such.so"]);
}

#[test]
fn processes_on_several_nodes() {
    let mut command = child(&["several-nodes"]);
    command.env("VEO_HOST_NODES", "2").env("VEO_HOST_MEMORY", "8M");
    let output = output_of(command);
    assert_says(&output, &["node 0: 6 MiB", "node 1: 6 MiB", "both: 84"]);
    if !differs("VE memory is all that the worker's `malloc` has; `VEO_HOST_MEMORY` means nothing") {
        assert_says(&output, &["node 0 again: cannot allocate 6291456 bytes of VE memory on node 0"]);
    }
}

#[test]
fn a_process_that_is_being_destroyed_can_be_destroyed_by_its_host_function() {
    let (proc, ctx) = process();
    let (entered, wait) = std::sync::mpsc::channel();
    let of_function = proc.clone();
    let request = ctx.host_fn(move || {
        entered.send(()).unwrap();
        // By then the other one waits for this function.
        std::thread::sleep(std::time::Duration::from_millis(300));
        of_function.destroy().is_ok()
    });
    wait.recv().unwrap();
    within(NEVER / 2, move || {
        proc.destroy().unwrap();
        assert!(request.wait().unwrap_or(true));
    });
}
