"""Least squares with PyVEO: the disease's progression of 442 diabetes patients from ten measurements, as in the Rust example
`regression`. The rows are split between two contexts; everything that grows with the data runs on the VE."""

import os
import subprocess
import tempfile
from pathlib import Path

# One context needs it to be joined by another. PyVEO reads it when a process is created.
os.environ["VE_OMP_NUM_THREADS"] = "1"

import numpy as np
from veo import INTENT_INOUT, INTENT_OUT, OnStack, VeoProc

HERE = Path(__file__).parent
CONTEXTS = 2

# The types of the kernels' arguments, and of their results.
KERNELS = {
    "normal_equations": (("long", "int", "double *", "double *", "double *", "double *"), "long"),
    "solve": (("int", "double *", "double *"), "int"),
    "residuals": (("long", "int", "double *", "double *", "double *", "double *"), "void"),
    "sum_of_squares": (("long", "double *", "double"), "double"),
    "part_within": (("long", "double *", "float"), "float"),
}


def compile_kernels(folder):
    """Kernels are a shared library. `-g` tells our veorun which arguments and results are floating-point numbers."""
    library = f"{folder}/libkernels.so"
    compiler = os.environ.get("CC", "cc")
    subprocess.run([compiler, "-g", "-O2", "-shared", "-fPIC", "-o", library, HERE / "kernels.c", "-lm"], check=True)
    return library


def load(proc, library):
    """The kernels by name, with their types."""
    loaded = proc.load_library(library)
    functions = {}
    for name, (arguments, result) in KERNELS.items():
        functions[name] = loaded.find_function(name)
        functions[name].args_type(*arguments)
        functions[name].ret_type(result)
    return functions


def read_data():
    """The measurements, at mean 0 and length 1, with a column of ones for the constant; and what they shall predict."""
    data = np.loadtxt(HERE.parent / "regression" / "diabetes.csv", delimiter=",", skiprows=1)
    x, y = data[:, :-1], data[:, -1]
    x = x - x.mean(axis=0)
    x /= np.linalg.norm(x, axis=0)
    return np.column_stack([np.ones(len(y)), x]), y.copy()


class Part:
    """Some rows, in VE memory, and the context that works on them."""

    def __init__(self, proc, x, y):
        self.proc, self.ctxt = proc, proc.open_context()
        self.rows, self.columns = x.shape
        self.x, self.y, self.r = (proc.alloc_mem(size) for size in (x.nbytes, y.nbytes, y.nbytes))
        # Nobody waits for these: a context does things in the order in which it was asked to.
        self.writes = [self.ctxt.async_write_mem(self.x, x, x.nbytes), self.ctxt.async_write_mem(self.y, y, y.nbytes)]

    def start_normal_equations(self, kernels):
        self.gram, self.moments = np.zeros((self.columns, self.columns)), np.zeros(self.columns)
        outputs = OnStack(self.gram, inout=INTENT_OUT), OnStack(self.moments, inout=INTENT_OUT)
        return kernels["normal_equations"](self.ctxt, self.rows, self.columns, self.x, self.y, *outputs)

    def start_residuals(self, kernels, weights):
        arguments = self.rows, self.columns, self.x, self.y, OnStack(weights), self.r
        return kernels["residuals"](self.ctxt, *arguments)

    def start_sum_of_squares(self, kernels, vector, origin):
        return kernels["sum_of_squares"](self.ctxt, self.rows, vector, origin)

    def start_part_within(self, kernels, bound):
        return kernels["part_within"](self.ctxt, self.rows, self.r, bound)

    def close(self):
        results(self.writes)
        for address in self.x, self.y, self.r:
            self.proc.free_mem(address)
        # Before the process is destroyed: PyVEO would close it later, and NEC's libveo would touch what is no longer there.
        self.ctxt.context_close()


def results(requests):
    """Of requests that were all started before."""
    return [request.wait_result() for request in requests]


def fit(kernels, parts):
    """The weights, from the sums that the contexts have made of their rows."""
    rows = sum(results([part.start_normal_equations(kernels) for part in parts]))
    gram, moments = sum(part.gram for part in parts), sum(part.moments for part in parts)
    in_place = OnStack(gram, inout=INTENT_INOUT), OnStack(moments, inout=INTENT_INOUT)
    if kernels["solve"](parts[0].ctxt, len(moments), *in_place).wait_result() != 0:
        raise SystemExit("the columns depend on each other")
    return rows, moments


def judge(kernels, parts, rows, weights):
    """How well they fit: R², and which part of the residuals is within their deviation."""
    results([part.start_residuals(kernels, weights) for part in parts])
    # In centred data the constant is the mean.
    unexplained = sum(results([part.start_sum_of_squares(kernels, part.r, 0.0) for part in parts]))
    total = sum(results([part.start_sum_of_squares(kernels, part.y, float(weights[0])) for part in parts]))
    within = results([part.start_part_within(kernels, (unexplained / rows) ** 0.5) for part in parts])
    return 1 - unexplained / total, sum(share * part.rows for share, part in zip(within, parts)) / rows


def check(x, y, rows, weights, r2, within):
    """The same by numpy, on the host alone."""
    expected = np.linalg.lstsq(x, y, rcond=None)[0]
    r = y - x @ expected
    np.testing.assert_equal(rows, len(y))
    np.testing.assert_allclose(weights, expected, rtol=1e-9)
    np.testing.assert_allclose(r2, 1 - r @ r / ((y - y.mean()) @ (y - y.mean())), rtol=1e-9)
    np.testing.assert_allclose(within, np.mean(np.abs(r) <= r.std()), rtol=1e-6)


def regression(kernels_folder):
    x, y = read_data()
    proc = VeoProc(0)
    kernels = load(proc, compile_kernels(kernels_folder))
    parts = [Part(proc, *part) for part in zip(np.array_split(x, CONTEXTS), np.array_split(y, CONTEXTS))]
    rows, weights = fit(kernels, parts)
    r2, within = judge(kernels, parts, rows, weights)
    for part in parts:
        part.close()
    proc.proc_destroy()
    print("weights", *(f"{weight:.4f}" for weight in weights))
    print(f"R² {r2:.4f}, {100 * within:.1f} % of the residuals within their deviation, {rows} rows on {CONTEXTS} contexts")
    check(x, y, rows, weights, r2, within)
    print("as numpy computes it")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        regression(folder)
