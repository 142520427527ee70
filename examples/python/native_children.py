"""A tree built in Python whose worker is written in C++: compiled here, loaded by its path, supervised."""

import subprocess
import sys
import tempfile
from pathlib import Path

import resprout as rsp

WORKER = r"""
#include <atomic>
#include <cstdint>
#include <stdexcept>

#include "resprout/api.h"

static std::atomic<const rsp_api*> rsp;

static rsp_next init(rsp_self*, void*, rsp_term, rsp_server_return*) { return RSP_NEXT_CONTINUE; }

static rsp_next square(rsp_self*, void*, rsp_msg* message, rsp_from, rsp_server_return* ret) {
  int64_t number;
  if (rsp.load()->term_get_int(&number, rsp.load()->msg_term(message)) != RSP_OK) {
    throw std::invalid_argument("an integer, please");
  }
  ret->action = RSP_SERVER_REPLY;
  ret->reply = rsp.load()->term_int(number * number);
  return RSP_NEXT_CONTINUE;
}

extern "C" RSP_API const rsp_server_ops* squarer(const rsp_api* api) {
  static const rsp_server_ops OPS = [] {
    rsp_server_ops ops = {};
    ops.size = sizeof ops;
    ops.name = "squarer";
    ops.init = init;
    ops.handle_call = square;
    return ops;
  }();
  rsp.store(api);
  return &OPS;
}
"""


def build(directory: Path) -> Path:
    """Needs nothing but the headers, which the package has."""
    source, library = directory / "worker.cpp", directory / "libworker.so"
    source.write_text(WORKER)
    command = ["g++", "-std=c++17", "-O2", "-shared", "-fPIC", f"-I{rsp.include_directory()}"]
    subprocess.run([*command, str(source), "-o", str(library)], check=True)
    return library


def main() -> None:
    with tempfile.TemporaryDirectory() as place, rsp.Runtime() as runtime:
        library = build(Path(place))
        tree = runtime.supervise([rsp.native_child(library, "squarer", name="squarer")])
        print(rsp.call("squarer", 12))
        first = rsp.Supervisor.which_children(tree)[0].pid
        try:
            rsp.call("squarer", "twelve")
        except rsp.CallExit as failure:
            print(failure.reason[0][1:])  # a C++ exception, as the reason of its end
        while rsp.Supervisor.which_children(tree)[0].pid in (first, "restarting"):
            rsp.checkpoint()
        print(rsp.call("squarer", 5))


if __name__ == "__main__":
    sys.exit(main())
