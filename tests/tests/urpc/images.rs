//! Stack images: arguments beyond the eighth, and buffers.

use crate::channel::Channel;
use crate::host::Host;
use crate::wire::Argument::{self, I64, In, InOut, Out};
use crate::wire::{Call, command};

fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i % 251) as u8).collect()
}

#[test]
fn buffers_go_in_and_out() {
    let mut host = Host::start();
    let [sum, invert, count_up] = ["sum", "invert", "count_up"].map(|name| host.function("untyped", name));
    for length in [1_usize, 5, 8, 100, 4097] {
        let (data, count) = (bytes(length), I64(length as i64));
        let total: u64 = data.iter().map(|&byte| u64::from(byte)).sum();
        assert_eq!(host.main.call_with(sum, &[In(&data), count]), (total, vec![]));
        let (_, inverted) = host.main.call_with(invert, &[InOut(&data), count]);
        assert!(inverted[0].iter().zip(&data).all(|(new, old)| *new == !old), "{length}");
        let (_, counted) = host.main.call_with(count_up, &[Out(length), count, I64(7)]);
        assert!(counted[0].iter().zip(0_usize..).all(|(&byte, i)| byte == (7 + i) as u8), "{length}");
    }
    host.exit();
}

#[test]
fn a_buffer_may_be_the_ninth_argument() {
    let mut host = Host::start();
    let weigh_ten = host.function("untyped", "weigh_ten");
    let zeros = [I64(0); 8];
    let call = Call::new(host.main.sp, &[&zeros[..], &[InOut(b"x"), I64(0)]].concat());
    let address = call.top + 176 + 80;
    let (value, buffers) = host.main.call_with(weigh_ten, &[&zeros[..], &[InOut(b"x"), I64(0)]].concat());
    assert_eq!((value, buffers), (9 * address, vec![b"x".to_vec()]));
    host.exit();
}

/// The number of arguments is not sent: what else is in the image goes along, and does no harm.
#[test]
fn surplus_words_do_no_harm() {
    let mut host = Host::start();
    let weigh_ten = host.function("untyped", "weigh_ten");
    let mut arguments = [I64(1); 10].to_vec();
    let data = [0xff; 10_000];
    arguments.push(In(&data));
    assert_eq!(host.main.call_with(weigh_ten, &arguments).0, 55);
    let answer = host.function("untyped", "answer");
    assert_eq!(host.main.call_with(answer, &arguments).0, 42);
    host.exit();
}

#[test]
fn a_call_has_up_to_256_arguments() {
    let mut host = Host::start();
    let weigh_all = host.function("untyped", "weigh_all");
    for count in [8, 9, 100, 254, 255] {
        let arguments: Vec<Argument<'_>> = [I64(count)].into_iter().chain((1..=count).map(|i| I64(-i))).collect();
        let expected: i64 = (1..=count).map(|i| -i * i).sum();
        assert_eq!(host.main.call_with(weigh_all, &arguments).0.cast_signed(), expected, "{count}");
    }
    host.exit();
}

/// libveo picks the buffers out of the reply by their places in the request.
#[test]
fn a_reply_has_the_image_of_its_request() {
    let mut host = Host::start();
    let answer = host.function("untyped", "answer");
    for (arguments, number) in [(&[Out(40)][..], command::CALL_OUT), (&[InOut(b"hello")], command::CALL_IN_OUT)] {
        let call = Call::new(host.main.sp, arguments);
        assert_eq!(call.command, number);
        let reply = host.main.ask(number, call.payload(answer, host.main.sp, usize::MAX));
        let (value, image) = reply.result_with_image();
        assert_eq!((value, image.len()), (42, call.image.len()));
        assert!(number == command::CALL_OUT || image == call.image);
    }
    host.exit();
}

/// What stands in the room for an image that only comes back is left over from something else.
#[test]
fn an_image_that_only_comes_back_is_not_copied_in() {
    let mut host = Host::start();
    let answer = host.function("untyped", "answer");
    let call = Call::new(host.main.sp, &[Out(1000)]);
    let before = bytes(call.image.len());
    host.main.write(call.top, &before);
    let reply = host.main.ask(command::CALL_OUT, call.payload(answer, host.main.sp, usize::MAX));
    assert!(reply.result_with_image().1 == before);
    host.exit();
}

/// What does not fit into a payload comes before the call, and goes after it, as ordinary transfers.
#[test]
fn images_may_be_larger_than_a_queue() {
    let mut host = Host::start();
    let functions = ["sum", "invert", "count_up"].map(|name| host.function("untyped", name));
    // The last one is the largest that libveo accepts: 176 bytes and three arguments more make 66 580 480.
    for length in [4_200_000, 20_000_001, 66_580_280] {
        all_three(&mut host.main, functions, length);
    }
    host.exit();
}

fn all_three(channel: &mut Channel, [sum, invert, count_up]: [u64; 3], length: usize) {
    let (data, count) = (bytes(length), I64(length as i64));
    let total: u64 = data.iter().map(|&byte| u64::from(byte)).sum();
    assert_eq!(channel.call_with(sum, &[In(&data), count]).0, total, "{length}");
    let (_, inverted) = channel.call_with(invert, &[InOut(&data), count]);
    assert!(inverted[0].iter().zip(&data).all(|(new, old)| *new == !old), "{length}");
    let (_, counted) = channel.call_with(count_up, &[Out(length), count, I64(9)]);
    assert!(counted[0].iter().zip(9_usize..).all(|(&byte, i)| byte == i as u8), "{length}");
}
