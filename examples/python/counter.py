"""A supervised counter: asked for what it cannot do it ends, alone, and a fresh one takes its place."""

import resprout as rsp


class Counter(rsp.GenServer):
    def init(self, start: int = 0) -> None:
        self.value = start

    @rsp.call
    def add(self, more: int) -> int:
        self.value += more
        return self.value


def ask(counter: Counter, more: object) -> None:
    try:
        print(counter.add(more))  # type: ignore[arg-type]
    except rsp.CallExit as failure:
        value, frames = failure.reason
        print(f"failed: {value[2]} in {frames[0][2]}")


def main() -> None:
    with rsp.Runtime() as runtime:
        runtime.supervise([rsp.child(Counter, name="counter")])
        counter = runtime.whereis(Counter, "counter")
        ask(counter, 20)  # 20
        ask(counter, 22)  # 42
        ask(counter, "seven")  # not a number: the counter ends, and we hear why
        rsp.wait_for_name("counter")  # between the end of one and the start of the next nobody has the name
        ask(counter, 1)  # 1: another counter, with a clean state


if __name__ == "__main__":
    main()
