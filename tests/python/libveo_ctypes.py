"""libveo.so through ctypes. Usage: libveo_ctypes.py LIBVEO KERNELS"""

import ctypes
import struct
import sys
import unittest
from ctypes import POINTER, byref, c_char_p, c_double, c_float, c_int, c_int64, c_size_t, c_uint64, c_void_p

LIBVEO, KERNELS = sys.argv[1:3]
INVALID = 2**64 - 1
OK, EXCEPTION, ERROR, UNFINISHED = range(4)
IN, INOUT, OUT = range(3)


def load():
    lib = ctypes.CDLL(LIBVEO)
    for result, arguments, names in (
        (c_int, (), "api_version"),
        (c_char_p, (), "version_string"),
        (c_void_p, (c_int,), "proc_create"),
        (c_int, (c_void_p,), "proc_destroy proc_identifier"),
        (c_uint64, (c_void_p, c_char_p), "load_library"),
        (c_uint64, (c_void_p, c_uint64, c_char_p), "get_sym"),
        (c_int, (c_void_p, POINTER(c_uint64), c_size_t), "alloc_mem"),
        (c_int, (c_void_p, c_uint64), "free_mem"),
        (c_int, (c_void_p, c_void_p, c_uint64, c_size_t), "read_mem"),
        (c_int, (c_void_p, c_uint64, c_void_p, c_size_t), "write_mem"),
        (c_void_p, (c_void_p,), "context_open"),
        (c_int, (c_void_p,), "context_close get_context_state"),
        (c_void_p, (), "args_alloc"),
        (None, (c_void_p,), "args_free args_clear"),
        (c_int, (c_void_p, c_int, c_int64), "args_set_i64"),
        (c_int, (c_void_p, c_int, c_double), "args_set_double"),
        (c_int, (c_void_p, c_int, c_float), "args_set_float"),
        (c_int, (c_void_p, c_int, c_int, c_void_p, c_size_t), "args_set_stack"),
        (c_uint64, (c_void_p, c_uint64, c_void_p), "call_async"),
        (c_uint64, (c_void_p, c_uint64, c_char_p, c_void_p), "call_async_by_name"),
        (c_int, (c_void_p, c_uint64, POINTER(c_uint64)), "call_wait_result call_peek_result"),
        (c_uint64, (c_void_p, c_void_p, c_uint64, c_size_t), "async_read_mem"),
        (c_uint64, (c_void_p, c_uint64, c_void_p, c_size_t), "async_write_mem"),
        (c_int, (c_void_p, POINTER(c_void_p), c_size_t), "alloc_hmem"),
        (c_int, (c_void_p,), "free_hmem is_ve_addr get_proc_identifier_from_hmem"),
        (c_int, (c_void_p, c_void_p, c_size_t), "hmemcpy"),
        (c_int, (c_int,), "get_ve_arch"),
    ):
        for name in names.split():
            function = getattr(lib, "veo_" + name)
            function.restype, function.argtypes = result, arguments
    return lib


veo = load()


class Library(unittest.TestCase):
    def setUp(self):
        self.proc = veo.veo_proc_create(0)
        self.assertTrue(self.proc)
        self.addCleanup(lambda: self.assertEqual(veo.veo_proc_destroy(self.proc), 0))
        self.ctxt = veo.veo_context_open(self.proc)
        self.assertTrue(self.ctxt)
        self.lib = veo.veo_load_library(self.proc, KERNELS.encode())
        self.assertTrue(self.lib)
        self.args = veo.veo_args_alloc()
        self.addCleanup(lambda: veo.veo_args_free(self.args))

    def symbol(self, name):
        address = veo.veo_get_sym(self.proc, self.lib, name.encode())
        self.assertTrue(address, name)
        return address

    def submit(self, name):
        request = veo.veo_call_async(self.ctxt, self.symbol(name), self.args)
        self.assertNotEqual(request, INVALID)
        return request

    def wait(self, request):
        value = c_uint64()
        return veo.veo_call_wait_result(self.ctxt, request, byref(value)), value.value

    def call(self, name, *integers):
        veo.veo_args_clear(self.args)
        for number, integer in enumerate(integers):
            self.assertEqual(veo.veo_args_set_i64(self.args, number, integer), 0)
        status, value = self.wait(self.submit(name))
        self.assertEqual(status, OK)
        return value

    def test_version(self):
        self.assertEqual(veo.veo_api_version(), 16)
        self.assertEqual(veo.veo_version_string(), b"3.0.2")
        self.assertEqual(veo.veo_get_ve_arch(0), 1)
        self.assertEqual(veo.veo_proc_identifier(self.proc), 0)

    def test_integers(self):
        self.assertEqual(self.call("add", 40, 2), 42)
        self.assertEqual(c_int64(self.call("add", -40, -2)).value, -42)
        self.assertEqual(self.call("weigh", *range(1, 11)), sum(i * i for i in range(1, 11)))

    def test_floating_point_by_setters(self):
        veo.veo_args_set_double(self.args, 0, 1.0)
        veo.veo_args_set_double(self.args, 1, 3.0)
        status, value = self.wait(self.submit("divide"))
        self.assertEqual((status, struct.unpack("d", struct.pack("Q", value))[0]), (OK, 1 / 3))

    def test_single_precision_by_setters(self):
        veo.veo_args_set_float(self.args, 0, 3.0)
        status, value = self.wait(self.submit("half"))
        self.assertEqual((status, struct.unpack("f", struct.pack("I", value >> 32))[0]), (OK, 1.5))

    def test_transfers(self):
        size = 3 << 20
        data = bytes(range(256)) * (size // 256)
        address, back = c_uint64(), ctypes.create_string_buffer(size)
        self.assertEqual(veo.veo_alloc_mem(self.proc, byref(address), size), 0)
        self.assertEqual(veo.veo_write_mem(self.proc, address, data, size), 0)
        self.assertEqual(veo.veo_read_mem(self.proc, back, address, size), 0)
        self.assertEqual(back.raw, data)
        self.assertEqual(veo.veo_free_mem(self.proc, address), 0)

    def test_asynchronous_transfers_are_in_order_with_calls(self):
        numbers = (c_int64 * 1000)(*range(1000))
        address, back = c_uint64(), (c_int64 * 1000)()
        size = ctypes.sizeof(numbers)
        self.assertEqual(veo.veo_alloc_mem(self.proc, byref(address), size), 0)
        self.assertNotEqual(veo.veo_async_write_mem(self.ctxt, address, numbers, size), INVALID)
        for number, integer in enumerate((address.value, 1000, 3)):
            veo.veo_args_set_i64(self.args, number, integer)
        self.submit("scale")
        last = veo.veo_async_read_mem(self.ctxt, back, address, size)
        self.assertEqual(self.wait(last), (OK, 0))
        self.assertEqual(list(back), [3 * i for i in range(1000)])

    def test_data_symbols(self):
        back = (c_int64 * 4)()
        self.assertEqual(veo.veo_read_mem(self.proc, back, self.symbol("table"), 32), 0)
        self.assertEqual(list(back), [1, 20, 300, 4000])

    def test_stack_arguments(self):
        inp, inout, out = (c_int * 3)(1, 2, 3), (c_int * 3)(10, 20, 30), (c_int * 3)()
        for number, (intent, buffer) in enumerate(((IN, inp), (INOUT, inout), (OUT, out))):
            self.assertEqual(veo.veo_args_set_stack(self.args, intent, number, buffer, 12), 0)
        veo.veo_args_set_i64(self.args, 3, 3)
        self.assertEqual(self.wait(self.submit("mix")), (OK, 3))
        self.assertEqual((list(inp), list(inout), list(out)), ([1, 2, 3], [110, 120, 130], [11, 22, 33]))

    def test_peek(self):
        veo.veo_args_set_i64(self.args, 0, 300)
        request, value = self.submit("nap"), c_uint64()
        self.assertEqual(veo.veo_call_peek_result(self.ctxt, request, byref(value)), UNFINISHED)
        self.assertEqual(self.wait(request), (OK, 300))
        self.assertEqual(self.wait(request)[0], ERROR)

    def test_hmem(self):
        pointer, data, back = c_void_p(), b"tagged" * 10, ctypes.create_string_buffer(60)
        self.assertEqual(veo.veo_alloc_hmem(self.proc, byref(pointer), 60), 0)
        self.assertEqual(veo.veo_is_ve_addr(pointer), 1)
        self.assertEqual(veo.veo_get_proc_identifier_from_hmem(pointer), 0)
        self.assertEqual(veo.veo_hmemcpy(pointer, data, 60), 0)
        self.assertEqual(veo.veo_hmemcpy(back, pointer, 60), 0)
        self.assertEqual(back.raw, data)
        self.assertEqual(veo.veo_free_hmem(pointer), 0)

    def test_names_that_do_not_exist(self):
        self.assertEqual(veo.veo_get_sym(self.proc, self.lib, b"no_such_function"), 0)
        self.assertEqual(veo.veo_load_library(self.proc, b"/no/such.so"), 0)
        self.assertEqual(veo.veo_call_async_by_name(self.ctxt, self.lib, b"no_such_function", self.args), INVALID)

    def test_a_crash_is_a_result(self):
        self.assertEqual(self.wait(self.submit("crash")), (EXCEPTION, 11))
        self.assertEqual(veo.veo_get_context_state(self.ctxt), 4)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
