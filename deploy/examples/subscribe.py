#!/usr/bin/python3
"""Follow one class of Vedette's events: each is printed once, in order, and none is missed (resume/1, see docs/bus.md).

    subscribe.py FILE CLASS [FROM]

FILE is made by `vedette subscriber add`; FROM is the first sequence wanted, 0 the very first; without it we go on where
this subscriber was. Needs pyzmq (Debian: python3-zmq)."""
import json
import struct
import sys
from contextlib import suppress

import zmq

SILENCE_MS = 3000   # the server sends a heartbeat each second
number = struct.Struct(">Q")


def connect(held, kind, endpoint):
    link = zmq.Context.instance().socket(kind)
    link.linger = 0
    for key in ("public", "secret", "server"):
        setattr(link, f"curve_{key}key", held[f"{key}_key"].encode())
    link.connect(held[endpoint])
    return link


def receive(link):
    if not link.poll(SILENCE_MS):
        raise TimeoutError
    return link.recv_multipart()


def ask(replay, *frames):
    replay.send_multipart(frames)
    kind, *answer = receive(replay)
    if kind != b"refused":
        return answer
    if answer[0] != b"unknown-filter":      # that is a server that was started anew
        sys.exit(f"refused: {answer[1].decode()}")
    raise TimeoutError


def deal(records, upto, state):
    while records:
        sequence, length = struct.unpack_from(">QH", records)
        if sequence >= state["next"]:
            print(bytes(records[10:10 + length]).decode(), flush=True)
        records = records[10 + length:]
    state["next"] = max(state["next"], upto)


def follow(live, replay, wish, state):
    """Until the server is gone; state["next"] is the first sequence that we have not dealt with."""
    name, _, cursor = ask(replay, b"subscribe", json.dumps(wish).encode())
    live.subscribe(b"f" + name + b".")      # from now on live events wait in this socket's queue
    state.setdefault("next", number.unpack(cursor)[0])
    behind = True
    while True:
        while behind:
            _, size, upto, records = ask(replay, b"replay", name, number.pack(state["next"]), b"\0\0\4\0")  # 1,024
            deal(memoryview(records), number.unpack(upto)[0], state)
            behind = state["next"] < number.unpack(size)[0]
        frame = memoryview(receive(live)[0])[len(name) + 2:]
        if frame == b"revoked":
            sys.exit("refused: this subscriber was revoked")
        upto, since = struct.unpack_from(">QQ", frame)
        behind = since > state["next"]      # a gap: we, or the network, were too slow
        if not behind:
            deal(frame[16:], upto, state)
        if len(frame) == 16:                # each second: we say how far we are, to go on there another time
            replay.send_multipart([b"cursor", name, number.pack(state["next"])])


held = json.load(open(sys.argv[1]))
wish = {"class": sys.argv[2]} | {field: held[field] for field in ("sev", "tenant", "type") if field in held}
state = {"next": int(sys.argv[3])} if len(sys.argv) > 3 else {}
while True:
    with suppress(TimeoutError), connect(held, zmq.SUB, "live") as live, connect(held, zmq.DEALER, "replay") as replay:
        follow(live, replay, wish, state)
