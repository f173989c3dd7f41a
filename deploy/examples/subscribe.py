#!/usr/bin/python3
"""Follow one class of Vedette's events: each is printed once, in order, and none is missed (resume/1, see docs/bus.md).

    subscribe.py FILE CLASS [FROM]

FILE is made by `vedette subscriber add`; FROM is the first sequence wanted, 0 the very first; without it we go on where
this subscriber was. Needs pyzmq (Debian: python3-zmq)."""
import contextlib
import json
import struct
import sys

import zmq

SILENCE_MS = 3000   # the server sends a heartbeat each second
number = struct.Struct(">Q")


def connect(context, held, kind, endpoint):
    link = context.socket(kind)
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


def follow(live, replay, wish, state):
    """Until the server is gone; state["next"] is the first sequence that we have not dealt with."""
    name, _, cursor = ask(replay, b"subscribe", json.dumps(wish).encode())
    live.subscribe(b"f" + name + b".")      # from now on live events wait in this socket's queue
    state.setdefault("next", number.unpack(cursor)[0])
    behind = True
    while True:
        while behind:
            answer = ask(replay, b"replay", name, number.pack(state["next"]), struct.pack(">I", 1024))
            _, size, after, body = map(memoryview, answer)
            while body:
                sequence, length = struct.unpack_from(">QH", body)
                print(bytes(body[10:10 + length]).decode(), flush=True)
                state["next"], body = sequence + 1, body[10 + length:]
            state["next"] = max(state["next"], number.unpack(after)[0])
            behind = state["next"] < number.unpack(size)[0]
        _, *frames = receive(live)
        if frames == [b"revoked"]:
            sys.exit("refused: this subscriber was revoked")
        (sequence,), (since,) = map(number.unpack, frames[:2])
        if sequence >= state["next"] and since > state["next"]:
            behind = True                   # a gap: we, or the network, were too slow
        elif sequence >= state["next"]:
            if frames[2]:                   # else it is a heartbeat
                print(frames[2].decode(), flush=True)
            state["next"] = sequence + bool(frames[2])
        if not frames[2]:                   # each second we say how far we are, to go on there another time
            replay.send_multipart([b"cursor", name, number.pack(state["next"])])


held, context = json.load(open(sys.argv[1])), zmq.Context()
wish = {"class": sys.argv[2]} | {field: held[field] for field in ("sev", "tenant", "type") if field in held}
state = {"next": int(sys.argv[3])} if len(sys.argv) > 3 else {}
while True:
    with connect(context, held, zmq.SUB, "live") as live, connect(context, held, zmq.DEALER, "replay") as replay:
        with contextlib.suppress(TimeoutError):
            follow(live, replay, wish, state)
