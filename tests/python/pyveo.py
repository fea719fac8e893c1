"""PyVEO 1.5.0, whose compiled part was linked to NEC's libveo, on ours. Usage: pyveo.py LIBVEO KERNELS [TEST…]"""

import os
import sys
import unittest

LIBVEO, KERNELS = sys.argv[1:3]

import numpy as np
import veo
from veo import INTENT_IN, INTENT_INOUT, INTENT_OUT, VEO_HMEM, OnStack, VeoProc


def libraries():
    """The files mapped into this process that call themselves libveo."""
    with open("/proc/self/maps") as maps:
        paths = {line.split()[-1] for line in maps if "libveo" in line}
    return {os.path.realpath(path) for path in paths}


class Process(unittest.TestCase):
    def setUp(self):
        self.proc = VeoProc(0)
        self.addCleanup(self.proc.proc_destroy)
        self.ctxt = self.proc.open_context()
        self.lib = self.proc.load_library(KERNELS)

    def function(self, name, result, *arguments):
        function = self.lib.find_function(name)
        function.args_type(*arguments)
        function.ret_type(result)
        return function

    def call(self, name, result, types, *values):
        return self.function(name, result, *types)(self.ctxt, *values).wait_result()


class Words(Process):
    """What needs no knowledge of types: integers, pointers, memory."""

    def test_it_is_this_libveo(self):
        self.assertEqual(libraries(), {os.path.realpath(LIBVEO)})

    def test_process(self):
        self.assertEqual(self.proc.nodeid, 0)
        self.assertEqual(self.proc.proc_identifier(), 0)
        self.assertEqual(veo.get_ve_arch(0), 1)

    def test_integers(self):
        self.assertEqual(self.call("add", "int", ("int", "int"), 40, 2), 42)
        self.assertEqual(self.call("add", "int", ("int", "int"), -40, -2), -42)
        self.assertEqual(self.call("narrow", "unsigned char", ("int",), 300), 44)

    def test_every_integer_type_and_ten_arguments(self):
        types = ("char", "short", "int", "long", "unsigned char", "unsigned short", "unsigned int", "unsigned long")
        types += ("int32_t", "uint64_t")
        self.assertEqual(self.call("weigh", "long", types, *range(1, 11)), sum(i * i for i in range(1, 11)))
        values = (-1, -2, -3, -4, 5, 6, 7, 8, -9, 10)
        expected = sum((i + 1) * value for i, value in enumerate(values))
        self.assertEqual(self.call("weigh", "long", types, *values), expected)

    def test_no_result(self):
        self.assertIsNone(self.call("nothing", "void", ()))

    def test_memory(self):
        numbers = np.arange(1000, dtype=np.int64)
        address = self.proc.alloc_mem(numbers.nbytes)
        self.proc.write_mem(address, numbers, numbers.nbytes)
        self.assertEqual(self.call("total", "long", ("long *", "long"), address, 1000), 499500)
        self.call("scale", "void", ("long *", "long", "long"), address, 1000, -2)
        back = np.zeros_like(numbers)
        self.proc.read_mem(back, address, back.nbytes)
        np.testing.assert_array_equal(back, -2 * numbers)
        self.proc.free_mem(address)

    def test_asynchronous_transfers(self):
        numbers = np.arange(100000, dtype=np.int64)
        back = np.zeros_like(numbers)
        address = self.proc.alloc_mem(numbers.nbytes)
        write = self.ctxt.async_write_mem(address, numbers, numbers.nbytes)
        scale = self.function("scale", "void", "long *", "long", "long")(self.ctxt, address, len(numbers), 7)
        read = self.ctxt.async_read_mem(back, address, back.nbytes)
        self.assertEqual(read.wait_result(), 0)
        np.testing.assert_array_equal(back, 7 * numbers)
        self.assertEqual(write.wait_result(), 0)
        self.assertIsNone(scale.wait_result())
        self.proc.free_mem(address)

    def test_on_stack(self):
        given = np.array([1, 2, 3], dtype=np.int32)
        both = np.array([10, 20, 30], dtype=np.int32)
        result = np.zeros(3, dtype=np.int32)
        types = ("int *", "int *", "int *", "int")
        arguments = (OnStack(given), OnStack(both, inout=INTENT_INOUT), OnStack(result, inout=INTENT_OUT))
        self.assertEqual(self.call("mix", "long", types, *arguments, 3), 3)
        self.assertEqual(given.tolist(), [1, 2, 3])
        self.assertEqual(both.tolist(), [110, 120, 130])
        self.assertEqual(result.tolist(), [11, 22, 33])

    def test_a_pointer_result(self):
        text = b"made on the ve"
        on_stack = OnStack(text, size=len(text), inout=INTENT_IN)
        address = self.call("shout", "char *", ("char *", "int"), on_stack, len(text))
        back = bytearray(len(text))
        self.proc.read_mem(back, address, len(back))
        self.assertEqual(bytes(back), text.upper())
        self.proc.free_mem(address)

    def test_data_symbols(self):
        back = np.zeros(4, dtype=np.int64)
        self.proc.read_mem(back, self.lib.get_symbol("table"), back.nbytes)
        self.assertEqual(back.tolist(), [1, 20, 300, 4000])
        with self.assertRaises(RuntimeError):
            self.lib.get_symbol("no_such_symbol")

    def test_peek(self):
        request = self.function("nap", "long", "unsigned int")(self.ctxt, 300)
        with self.assertRaises(NameError):
            request.peek_result()
        self.assertEqual(request.wait_result(), 300)

    def test_hmem(self):
        numbers = np.arange(50, dtype=np.int64)
        back = np.zeros_like(numbers)
        tagged = self.proc.alloc_hmem(numbers.nbytes)
        self.assertTrue(VEO_HMEM.is_ve_addr(tagged))
        self.assertFalse(VEO_HMEM.is_ve_addr(numbers.ctypes.data))
        self.assertEqual(VEO_HMEM.get_proc_identifier_from_hmem(tagged), self.proc.proc_identifier())
        self.assertEqual(VEO_HMEM.get_proc_handle_from_hmem(tagged), self.proc._proc_handle)
        VEO_HMEM.hmemcpy(tagged, numbers.ctypes.data, numbers.nbytes)
        plain = VEO_HMEM.get_hmem_addr(tagged)
        self.assertEqual(self.call("total", "long", ("long *", "long"), plain, 50), 1225)
        self.assertEqual(self.proc.set_proc_identifier(plain, self.proc.proc_identifier()), tagged)
        VEO_HMEM.hmemcpy(back.ctypes.data, tagged, back.nbytes)
        np.testing.assert_array_equal(back, numbers)
        self.proc.free_hmem(tagged)

    def test_init_hooks(self):
        seen = []

        def hook(proc):
            seen.append(proc.load_library(KERNELS).find_function("add"))

        veo.set_proc_init_hook(hook)
        self.addCleanup(veo.del_proc_init_hook, hook)
        proc = VeoProc(0)
        self.addCleanup(proc.proc_destroy)
        self.assertEqual(proc.proc_identifier(), 1)
        (add,) = seen
        add.args_type("int", "int")
        self.assertEqual(add(proc.open_context(), 1, 2).wait_result(), 3)

    def test_libraries_come_and_go(self):
        self.assertEqual(list(self.proc.lib), [KERNELS.encode()])
        self.proc.unload_library(self.lib)
        self.assertEqual(list(self.proc.lib), [])
        with self.assertRaises(RuntimeError):
            self.proc.load_library("/no/such.so")

    def test_a_crash_is_an_arithmetic_error(self):
        with self.assertRaises(ArithmeticError):
            self.call("crash", "int", ())


class Types(Process):
    """What PyVEO sends as plain words, too, and the worker places by the debug information of the kernels."""

    def test_double(self):
        self.assertEqual(self.call("divide", "double", ("double", "double"), 1.0, 3.0), 1 / 3)

    def test_float(self):
        self.assertEqual(self.call("half", "float", ("float",), 3.0), 1.5)

    def test_mixed(self):
        types = ("int", "double", "float", "long", "double", "unsigned char")
        self.assertEqual(self.call("mixed", "double", types, 1, 2.0, 3.0, 4, 5.0, 6), 654321.0)

    def test_more_than_registers(self):
        values = [float(i) for i in range(1, 13)]
        self.assertEqual(self.call("twelve", "double", ("double",) * 12, *values), sum(i * i for i in range(1, 13)))

    def test_average_on_the_stack(self):
        numbers = np.random.default_rng(1).random(131072)
        result = self.call("average", "double", ("double *", "int"), OnStack(numbers), len(numbers))
        self.assertAlmostEqual(result, numbers.mean(), places=12)

    def test_negative_results(self):
        self.assertEqual(self.call("divide", "double", ("double", "double"), -1.0, 4.0), -0.25)
        self.assertEqual(self.call("half", "float", ("float",), -3.0), -1.5)


@unittest.skipUnless("VEORUN_BIN" in os.environ, "needs VEORUN_BIN, a veorun that the kernels are linked into")
class Static(unittest.TestCase):
    """Kernels that are linked into the worker: the library with handle 0."""

    def test_static_kernels(self):
        proc = VeoProc(0)
        self.addCleanup(proc.proc_destroy)
        ctxt = proc.open_context()
        lib = veo.VeoLibrary(proc, b"__static__", 0)
        add, divide = lib.find_function("add"), lib.find_function("divide")
        add.args_type("int", "int")
        divide.args_type("double", "double")
        divide.ret_type("double")
        self.assertEqual(add(ctxt, 40, 2).wait_result(), 42)
        self.assertEqual(divide(ctxt, 1.0, 3.0).wait_result(), 1 / 3)
        back = np.zeros(4, dtype=np.int64)
        proc.read_mem(back, lib.get_symbol("table"), back.nbytes)
        self.assertEqual(back.tolist(), [1, 20, 300, 4000])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
