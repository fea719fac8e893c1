//! Level 1, against the oracle and against three libraries.

use vecblas::{Vector, VectorMut, raw};
use veo::OnStack;

use crate::memory::{Memory, assert_close, vector};
use crate::oracle::{C64, Dense, Num};
use crate::support::{Library, Number, Random, for_all, for_complex, for_real, libraries};

const SIZES: [usize; 5] = [0, 1, 2, 5, 64];
/// Of vectors that are only read.
const READ: [isize; 5] = [1, 2, -1, -3, 0];
/// Of vectors that are written.
const WRITTEN: [isize; 3] = [1, -2, 3];

/// Two vectors in all combinations of sizes and strides; `second` are the strides of the second one.
fn pairs<T: Number>(first: &[isize], second: &[isize], mut test: impl FnMut(Pair<T>)) {
    let mut random = Random::new(1);
    for n in SIZES {
        for &incx in first {
            for &incy in second {
                let ((x, x_values), (y, y_values)) = (vector(&mut random, n, incx), vector(&mut random, n, incy));
                let alpha = random.number();
                let what = format!("{} elements {n}, strides {incx} {incy}", std::any::type_name::<T>());
                test(Pair { n, incx, incy, x, x_values, y, y_values, alpha, what });
            }
        }
    }
}

struct Pair<T> {
    n: usize,
    incx: isize,
    incy: isize,
    x: Memory<T>,
    x_values: Dense,
    y: Memory<T>,
    y_values: Dense,
    alpha: T,
    what: String,
}

#[test]
#[ignore = "needs libblas3, libgslcblas0, libopenblas0"]
fn axpy_copy_swap() {
    let libraries = libraries();
    for_all!(axpy(&libraries));
    for_all!(copy(&libraries));
    for_all!(swap(&libraries));
}

fn axpy<T: Number>(libraries: &[Library]) {
    pairs::<T>(&READ, &WRITTEN, |Pair { n, incx, incy, x, x_values, y, y_values, alpha, what }| {
        let expected = x_values.scaled(alpha.value()).plus(&y_values);
        for library in libraries {
            let (x, mut on_ve) = (library.upload(&x.elements), library.upload(&y.elements));
            let (x, to) = (Vector::new(&x, n, incx), VectorMut::new(&mut on_ve, n, incy));
            vecblas::axpy(&library.ctx, alpha, x, to).wait().unwrap();
            y.check(&on_ve.to_vec().unwrap(), &expected, 1, || format!("axpy of {}: {what}", library.name));
        }
    });
}

fn copy<T: Number>(libraries: &[Library]) {
    pairs::<T>(&READ, &WRITTEN, |Pair { n, incx, incy, x, x_values, y, what, .. }| {
        for library in libraries {
            let (x, mut on_ve) = (library.upload(&x.elements), library.upload(&y.elements));
            let (x, to) = (Vector::new(&x, n, incx), VectorMut::new(&mut on_ve, n, incy));
            vecblas::copy(&library.ctx, x, to).wait().unwrap();
            y.check(&on_ve.to_vec().unwrap(), &x_values, 0, || format!("copy of {}: {what}", library.name));
        }
    });
}

fn swap<T: Number>(libraries: &[Library]) {
    pairs::<T>(&WRITTEN, &WRITTEN, |Pair { n, incx, incy, x, x_values, y, y_values, what, .. }| {
        for library in libraries {
            let (mut left, mut right) = (library.upload(&x.elements), library.upload(&y.elements));
            let (from, to) = (VectorMut::new(&mut left, n, incx), VectorMut::new(&mut right, n, incy));
            vecblas::swap(&library.ctx, from, to).wait().unwrap();
            x.check(&left.to_vec().unwrap(), &y_values, 0, || format!("swap of {}: {what}", library.name));
            y.check(&right.to_vec().unwrap(), &x_values, 0, || format!("swap of {}: {what}", library.name));
        }
    });
}

// ---- products ------------------------------------------------------------------------------------------------------

fn product(x: &Dense, y: &Dense, conj: bool) -> Num {
    let x = |i| if conj { x.at(i, 0).conj() } else { x.at(i, 0) };
    (0..y.rows).map(|i| x(i) * y.at(i, 0)).sum()
}

#[test]
#[ignore = "needs libblas3, libgslcblas0, libopenblas0"]
fn dot_products() {
    let libraries = libraries();
    for_real!(dot(&libraries));
    for_complex!(complex_dot(&libraries));
    pairs::<f32>(&READ, &READ, |Pair { n, incx, incy, x, x_values, y, y_values, alpha, what }| {
        let expected = product(&x_values, &y_values, false);
        let with_alpha = Num::new(alpha.value()) + expected;
        for library in &libraries {
            let (x, y) = (library.upload(&x.elements), library.upload(&y.elements));
            let (x, y) = (Vector::new(&x, n, incx), Vector::new(&y, n, incy));
            let what = || format!("dsdot of {}: {what}", library.name);
            let dot = vecblas::dsdot(&library.ctx, x, y).wait().unwrap();
            if library.name.starts_with("libblas") {
                assert_close(dot, expected, n, what);
            } else {
                // Products, or parts of the sum, are of single precision there.
                assert_close(dot as f32, expected, n, what);
            }
            assert_close(vecblas::sdsdot(&library.ctx, alpha, x, y).wait().unwrap(), with_alpha, n, what);
        }
    });
}

fn dot<T: Number + vecblas::RealScalar>(libraries: &[Library]) {
    pairs::<T>(&READ, &READ, |Pair { n, incx, incy, x, x_values, y, y_values, what, .. }| {
        let expected = product(&x_values, &y_values, false);
        for library in libraries {
            let (x, y) = (library.upload(&x.elements), library.upload(&y.elements));
            let dot = vecblas::dot(&library.ctx, Vector::new(&x, n, incx), Vector::new(&y, n, incy)).wait().unwrap();
            assert_close(dot, expected, n, || format!("dot of {}: {what}", library.name));
        }
    });
}

fn complex_dot<T: Number + vecblas::ComplexScalar>(libraries: &[Library]) {
    pairs::<T>(&READ, &READ, |Pair { n, incx, incy, x, x_values, y, y_values, what, .. }| {
        let (plain, conj) = (product(&x_values, &y_values, false), product(&x_values, &y_values, true));
        for library in libraries {
            let (x, y) = (library.upload(&x.elements), library.upload(&y.elements));
            let (x, y) = (Vector::new(&x, n, incx), Vector::new(&y, n, incy));
            let what = || format!("dotu, dotc of {}: {what}", library.name);
            assert_close(vecblas::dotu(&library.ctx, x, y).wait().unwrap(), plain, n, what);
            assert_close(vecblas::dotc(&library.ctx, x, y).wait().unwrap(), conj, n, what);
        }
    });
}

// ---- one vector ----------------------------------------------------------------------------------------------------

#[test]
#[ignore = "needs libblas3, libgslcblas0, libopenblas0"]
fn one_vector() {
    let libraries = libraries();
    for_all!(scal(&libraries));
    for_complex!(scal_real(&libraries));
    for_all!(norms(&libraries));
}

/// One vector in all sizes and strides.
fn vectors<T: Number>(mut test: impl FnMut(&mut Random, usize, isize, Memory<T>, Dense)) {
    let mut random = Random::new(2);
    for n in SIZES {
        for stride in [1, 2, 3] {
            let (x, values) = vector(&mut random, n, stride);
            test(&mut random, n, stride, x, values);
        }
    }
}

fn scal<T: Number>(libraries: &[Library]) {
    vectors::<T>(|random, n, stride, x, values| {
        let alpha: T = random.number();
        let expected = values.scaled(alpha.value());
        for library in libraries {
            let mut on_ve = library.upload(&x.elements);
            vecblas::scal(&library.ctx, alpha, VectorMut::new(&mut on_ve, n, stride)).wait().unwrap();
            x.check(&on_ve.to_vec().unwrap(), &expected, 1, || format!("scal of {}", library.name));
        }
    });
}

fn scal_real<T: Number + vecblas::ComplexScalar>(libraries: &[Library])
where
    T::Part: Number,
{
    vectors::<T>(|random, n, stride, x, values| {
        let alpha: T::Part = random.number();
        let expected = values.scaled(alpha.value());
        for library in libraries {
            let mut on_ve = library.upload(&x.elements);
            vecblas::scal_real(&library.ctx, alpha, VectorMut::new(&mut on_ve, n, stride)).wait().unwrap();
            x.check(&on_ve.to_vec().unwrap(), &expected, 1, || format!("scal_real of {}", library.name));
        }
    });
}

fn norms<T: Number>(libraries: &[Library])
where
    T::Part: Number,
{
    let absolute = |x: &Dense, i: usize| x.at(i, 0).value.re.abs() + x.at(i, 0).value.im.abs();
    vectors::<T>(|_, n, stride, mut x, values| {
        let sum: f64 = (0..n).map(|i| absolute(&values, i)).sum();
        let norm = (0..n).map(|i| values.at(i, 0).value.norm_sqr()).sum::<f64>().sqrt();
        let largest = (0..n).rev().max_by(|&i, &j| absolute(&values, i).total_cmp(&absolute(&values, j)));
        // The same again behind it: the first one counts.
        if let Some(largest) = largest {
            x.elements[(n - 1) * stride.unsigned_abs()] = x.elements[largest * stride.unsigned_abs()];
        }
        let (sum, norm) = (Num::new(C64::new(sum, 0.0)), Num::new(C64::new(norm, 0.0)));
        for library in libraries {
            let on_ve = library.upload(&x.elements);
            let found = vecblas::iamax(&library.ctx, Vector::new(&on_ve, n, stride)).wait().unwrap();
            assert_eq!(found, largest.unwrap_or(0), "iamax of {}, {n} elements", library.name);
        }
        let last = (n > 0).then(|| T::of(values.at(n - 1, 0).value));
        if let Some(last) = last {
            x.elements[(n - 1) * stride.unsigned_abs()] = last;
        }
        for library in libraries {
            let (on_ve, what) = (library.upload(&x.elements), || format!("norms of {}, {n} elements", library.name));
            let x = Vector::new(&on_ve, n, stride);
            assert_close(vecblas::asum(&library.ctx, x).wait().unwrap(), sum, n, what);
            assert_close(vecblas::nrm2(&library.ctx, x).wait().unwrap(), norm, n, what);
        }
    });
}

/// Squares of these are no numbers of single precision.
#[test]
#[ignore = "needs libblas3, libgslcblas0, libopenblas0"]
fn a_norm_does_not_overflow_on_the_way() {
    for library in libraries() {
        let large = library.upload(&[3e30_f32, 4e30]);
        let norm = vecblas::nrm2(&library.ctx, &large).wait().unwrap();
        assert!((norm - 5e30).abs() < 1e25, "{norm} of {}", library.name);
    }
}

// ---- rotations -----------------------------------------------------------------------------------------------------

#[test]
#[ignore = "needs libblas3, libgslcblas0, libopenblas0"]
fn rotations() {
    let libraries = libraries();
    for_all!(rot(&libraries));
    for_all!(rotg(&libraries));
    for_real!(rotm(&libraries));
    for_real!(rotmg(&libraries));
    for_complex!(cabs1(&libraries));
}

fn rot<T: Number>(libraries: &[Library])
where
    T::Part: Number,
{
    let function = format!("cblas_{}rot", T::WITH_REAL_PREFIX);
    let (c, s) = (<T::Part as Number>::of(C64::new(0.6, 0.0)), <T::Part as Number>::of(C64::new(0.8, 0.0)));
    pairs::<T>(&WRITTEN, &WRITTEN, |Pair { n, incx, incy, x, x_values, y, y_values, what, .. }| {
        let new_x = x_values.scaled(c.value()).plus(&y_values.scaled(s.value()));
        let new_y = y_values.scaled(c.value()).plus(&x_values.scaled(-s.value()));
        for library in libraries.iter().filter(|library| library.has(&function)) {
            let (mut left, mut right) = (library.upload(&x.elements), library.upload(&y.elements));
            let (from, to) = (VectorMut::new(&mut left, n, incx), VectorMut::new(&mut right, n, incy));
            vecblas::rot(&library.ctx, from, to, c, s).wait().unwrap();
            x.check(&left.to_vec().unwrap(), &new_x, 2, || format!("rot of {}: {what}", library.name));
            y.check(&right.to_vec().unwrap(), &new_y, 2, || format!("rot of {}: {what}", library.name));
        }
    });
}

fn rotg<T: Number>(libraries: &[Library])
where
    T::Part: Number,
{
    let function = format!("cblas_{}rotg", T::LETTER);
    let mut random = Random::new(3);
    let (a, b, zero): (T, T, T) = (random.number(), random.number(), T::default());
    for library in libraries.iter().filter(|library| library.has(&function)) {
        for (a, b) in [(a, b), (b, a), (a, zero), (zero, b), (zero, zero)] {
            let made = vecblas::rotg(&library.ctx, a, b).wait().unwrap();
            let (c, s) = (made.c.value(), made.s.value());
            let what = || format!("{function} of {} with {a:?}, {b:?}: {made:?}", library.name);
            let size = a.value().norm() + b.value().norm();
            let near = |value: C64, expected: C64| (value - expected).norm() <= 16.0 * T::EPSILON * (size + 1.0);
            assert!(near(c * a.value() + s * b.value(), made.r.value()), "{}", what());
            assert!(near(c * b.value() - s.conj() * a.value(), C64::ZERO), "{}", what());
            assert!((c.norm_sqr() + s.norm_sqr() - 1.0).abs() <= 16.0 * T::EPSILON, "{}", what());
        }
    }
}

/// H times a vector of two.
fn modified(p: [f64; 5], [x, y]: [f64; 2]) -> [f64; 2] {
    let [flag, h11, h21, h12, h22] = p;
    let [h11, h21, h12, h22] = match flag {
        -1.0 => [h11, h21, h12, h22],
        0.0 => [1.0, h21, h12, 1.0],
        1.0 => [h11, -1.0, 1.0, h22],
        -2.0 => [1.0, 0.0, 0.0, 1.0],
        other => panic!("{other} is no kind of a modified rotation"),
    };
    [h11 * x + h12 * y, h21 * x + h22 * y]
}

fn rotm<T: Number + vecblas::RealScalar>(libraries: &[Library]) {
    let number = |value: f64| T::of(C64::new(value, 0.0));
    for flag in [-2.0, -1.0, 0.0, 1.0] {
        let wanted = [flag, 0.5, -0.25, 0.75, 2.0];
        pairs::<T>(&WRITTEN, &WRITTEN, |Pair { n, incx, incy, x, x_values, y, y_values, what, .. }| {
            let both = |i: usize| modified(wanted, [x_values.at(i, 0).value.re, y_values.at(i, 0).value.re]);
            let sized = |value: f64| Num { value: C64::new(value, 0.0), size: 8.0 };
            let new_x = Dense::new(n, 1, |i, _| sized(both(i)[0]));
            let new_y = Dense::new(n, 1, |i, _| sized(both(i)[1]));
            for library in libraries {
                let (mut left, mut right) = (library.upload(&x.elements), library.upload(&y.elements));
                let (from, to) = (VectorMut::new(&mut left, n, incx), VectorMut::new(&mut right, n, incy));
                vecblas::rotm(&library.ctx, from, to, wanted.map(number)).wait().unwrap();
                let what = || format!("rotm {flag} of {}: {what}", library.name);
                x.check(&left.to_vec().unwrap(), &new_x, 1, what);
                y.check(&right.to_vec().unwrap(), &new_y, 1, what);
            }
        });
    }
}

/// H takes (b1, b2) to (b1', 0), and turns lengths that are weighted with d into those that are weighted with d'.
fn rotmg<T: Number + vecblas::RealScalar>(libraries: &[Library]) {
    let number = |value: f64| T::of(C64::new(value, 0.0));
    for library in libraries {
        for [d1, d2, b1, b2] in
            [[1.0, 2.0, 3.0, 4.0], [2.0, 1.0, 0.5, -3.0], [1.5, 1.0, 4.0, 0.0], [3e7, 2.0, 1.0, 1.0]]
        {
            let (d1, d2, b1, b2) = (number(d1), number(d2), number(b1), number(b2));
            let made = vecblas::rotmg(&library.ctx, d1, d2, b1, b2).wait().unwrap();
            let what = || format!("rotmg of {} with {d1:?} {d2:?} {b1:?} {b2:?}: {made:?}", library.name);
            let value = |number: T| number.value().re;
            let p = made.p.map(value);
            let [left, right] = modified(p, [value(b1), value(b2)]);
            let size = left.abs().max(value(made.b1).abs());
            assert!((left - value(made.b1)).abs() <= 64.0 * T::EPSILON * size, "{}", what());
            assert!(right.abs() <= 64.0 * T::EPSILON * (size + 1.0), "{}", what());
            let length = |d: [f64; 2], [x, y]: [f64; 2]| d[0] * x * x + d[1] * y * y;
            let before = length([value(d1), value(d2)], [value(b1), value(b2)]);
            let after = length([value(made.d1), value(made.d2)], [left, right]);
            assert!((before - after).abs() <= 64.0 * T::EPSILON * before, "{}", what());
        }
    }
}

fn cabs1<T: Number + vecblas::ComplexScalar>(libraries: &[Library])
where
    T::Part: Number,
{
    let function = if T::LETTER == "c" { "cblas_scabs1" } else { "cblas_dcabs1" };
    for library in libraries.iter().filter(|library| library.has(function)) {
        let sum = vecblas::cabs1(&library.ctx, T::of(C64::new(-3.0, 4.0))).wait().unwrap();
        assert_eq!(sum.value().re, 7.0, "{function} of {}", library.name);
    }
}

/// OpenBLAS only tells; the others end the process.
#[test]
#[ignore = "needs libblas3, libgslcblas0, libopenblas0"]
fn xerbla_is_there() {
    for library in libraries() {
        let (routine, form) = (text(b"cblas_test\0"), text(b"\0"));
        let (routine, form) = (OnStack::input_slice(&routine), OnStack::input_slice(&form));
        let told = raw::cblas_xerbla(&library.ctx, 3, routine, form);
        match told.wait() {
            Ok(()) => {}
            Err(veo::Error::Ended { function, .. } | veo::Error::Exception { function, .. }) => {
                assert!(function.contains("cblas_xerbla"), "{function}");
            }
            Err(error) => panic!("{}: {error}", library.name),
        }
    }
}

fn text(text: &[u8]) -> Vec<std::ffi::c_char> {
    text.iter().map(|&byte| byte as std::ffi::c_char).collect()
}
