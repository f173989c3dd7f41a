"""The table of attacks: a row each, from which SECURITY.md's list is made. A row's function makes what the thief sends: a list
of envelopes to put into the agent's mail. What is expected is that the agent refuses each with the code, says so in its
activity log, and begins nothing.

code None: it is dropped without a word, because it repeats what was dealt with. `victim`: options of an agent of its own,
for what would spoil the others' answers.
"""
import collections

Attack = collections.namedtuple("Attack", "area name how code victim make")
attacks = []


def area(title):
    def attack(name, how, code, **victim):
        def register(make):
            attacks.append(Attack(title, name, how, code, victim, make))
            return make
        return register
    return attack


def codes(attack):
    return attack.code if isinstance(attack.code, tuple) else (attack.code,)


def as_markdown():
    """The published list."""
    lines = []
    for title in dict.fromkeys(attack.area for attack in attacks):
        lines += ["", f"**{title}**", "", "| attack | how | the agent's answer |", "|---|---|---|"]
        for attack in attacks:
            if attack.area == title:
                said = " or ".join(f"`{code}`" for code in codes(attack)) if attack.code else "dropped as a repeat"
                lines.append(f"| {attack.name} | {attack.how} | {said} |")
    return "\n".join(lines[1:]) + "\n"
