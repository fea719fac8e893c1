//! Calls with arguments in registers, and what types make of them.

use veo_engine::signature::{Class, Record};

use crate::host::Host;
use crate::wire::Argument::{self, F32, F64, I8, I16, I32, I64, Out, U8, U16, U32};

/// The word of a result or an argument.
fn float(value: f32) -> u64 {
    u64::from(value.to_bits()) << 32
}

#[test]
fn integers_need_no_types() {
    let mut host = Host::start();
    let answer = host.function("untyped", "answer");
    assert_eq!(host.main.call(answer, &[]), 42);
    let weigh_all = host.function("untyped", "weigh_all");
    for count in 0..8_u64 {
        let words: Vec<u64> = [count].into_iter().chain((1..=count).map(|i| i * 1000)).collect();
        let expected: u64 = (1..=count).map(|i| i * i * 1000).sum();
        assert_eq!(host.main.call(weigh_all, &words), expected, "{count}");
    }
    let weigh_eight = host.function("untyped", "weigh_eight");
    let words = [-1_i64, 2, -3, 4, -5, 6, -7, i64::MAX / 8];
    let expected = words.iter().zip(1..).map(|(word, weight)| word * weight).sum::<i64>();
    assert_eq!(host.main.call(weigh_eight, &words.map(i64::cast_unsigned)).cast_signed(), expected);
    host.exit();
}

#[test]
fn doubles_alone_need_no_types() {
    let mut host = Host::start();
    let weigh_doubles = host.function("untyped", "weigh_doubles");
    let words = [1.5_f64, -2.0, 3.25, 4e9, 5.0, -6.5, 7.0, 8.0];
    let expected = words.iter().zip(1..).map(|(word, weight)| word * f64::from(weight)).sum::<f64>() as i64;
    assert_eq!(host.main.call(weigh_doubles, &words.map(f64::to_bits)).cast_signed(), expected);
    host.exit();
}

#[test]
fn debug_information_says_how_results_come_back() {
    let mut host = Host::start();
    let function = host.function("typed", "half_of_double");
    assert_eq!(host.main.call(function, &[(-5.0_f64).to_bits()]), (-2.5_f64).to_bits());
    let function = host.function("typed", "half_of_float");
    assert_eq!(host.main.call(function, &[float(-5.0)]), float(-2.5));
    let function = host.function("typed", "negated");
    for value in [5_i64, -5, 127, 0] {
        assert_eq!(host.main.call(function, &[value.cast_unsigned()]).cast_signed(), -value);
    }
    let function = host.function("typed", "weigh_doubles");
    assert_eq!(host.main.call(function, &[1.0_f64.to_bits(); 8]), 36);
    host.exit();
}

/// Narrow words on the stack come filled with zeros, whatever their sign.
#[test]
fn debug_information_says_what_arguments_are() {
    let mut host = Host::start();
    let mixed = host.function("typed", "mixed");
    let arguments = [
        Out(14 * 8),
        I8(-1),
        F64(7.0),
        U8(0xfe),
        F32(1.5),
        I32(-3),
        F64(-9.0),
        U16(0xfffd),
        F32(-2.5),
        I16(-4),
        U32(0xffff_fffb),
        I8(-6),
        U8(0xf9),
        I64(-8),
        F64(10.0),
        U16(0xfff5),
    ];
    let (value, buffers) = host.main.call_with(mixed, &arguments);
    assert_eq!(f64::from_bits(value), 8.5);
    let words: Vec<i64> = buffers[0].chunks(8).map(|word| i64::from_le_bytes(word.try_into().unwrap())).collect();
    let bits = |x: f32| i64::from(x.to_bits());
    let expected = [-1, 7, 0xfe, bits(1.5), -3, -9, 0xfffd, bits(-2.5), -4, 0xffff_fffb, -6, 0xf9, -8, 10];
    assert_eq!(words, expected);
    host.exit();
}

/// The wire has no types, so a host that knows them says them once.
#[test]
fn declared_types_need_no_debug_information() {
    let mut host = Host::start();
    let library = host.load("untyped");
    let mut batch = Vec::new();
    let records = [
        Record { library, name: "half_of_float", ret: Class::F32, params: &[Class::F32] },
        Record { library, name: "no_such_function", ret: Class::Void, params: &[] },
        Record { library, name: "negated", ret: Class::I8, params: &[Class::I8] },
    ];
    for record in &records {
        assert!(record.encode(&mut batch));
    }
    let declare = host.main.symbol(0, "veorun_declare");
    let (text, addresses) = (host.main.alloc(batch.len() as u64), host.main.alloc(24));
    host.main.write(text, &batch);
    assert_eq!(host.main.call(declare, &[text, batch.len() as u64, addresses, 3]), 2);
    let words = host.main.read(addresses, 24);
    let words: Vec<u64> = words.chunks(8).map(|word| u64::from_le_bytes(word.try_into().unwrap())).collect();
    assert_eq!(words[1], 0);
    assert_eq!(words[2], host.main.resolve(library, "negated"));
    assert_eq!(host.main.call(words[0], &[float(3.0)]), float(1.5));
    assert_eq!(host.main.call(words[2], &[0xff]).cast_signed(), 1);
    host.exit();
}

#[test]
fn ten_integers_need_no_types() {
    let mut host = Host::start();
    let weigh_ten = host.function("untyped", "weigh_ten");
    let arguments: Vec<Argument<'_>> = (1..=10).map(|i| I64(-i)).collect();
    assert_eq!(host.main.call_with(weigh_ten, &arguments).0.cast_signed(), -385);
    host.exit();
}
