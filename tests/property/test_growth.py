"""A tree of programs under any sequence of steps: bounded, whole, and never without its best."""

from hypothesis import given
from hypothesis import strategies as st

from provolve.record import Candidate, Elite, Template
from provolve.search import Growth, Rules


def elite(loss, name):
    made = Candidate.of(Template(f"t{name}", (("x = ", ""),), "f", 5), [loss])
    return Elite(made, loss, (loss,), f"b{name}")


steps = st.lists(
    st.one_of(st.none(), st.lists(st.tuples(st.integers(-9, 9).map(float), st.integers(0, 40)), max_size=3)),
    max_size=80,
)


@given(steps, st.integers(1, 8), st.integers(1, 3), st.sampled_from([0.0, 0.5, 3.0]))
def test_a_tree_is_bounded_whole_and_keeps_its_best(plan, capacity, roots, widen):
    growth = Growth(Rules(capacity=capacity, widen=widen))
    growth.plant(elite(10.0 + i, f"root {i}") for i in range(roots))
    open_asks, best = [], 10.0
    for step in plan:
        if step is None or not open_asks:
            open_asks.append(growth.choose())
            continue
        name = open_asks.pop(0)
        assert growth[name] is not None
        hung = growth.grow(name, [elite(loss, number) for loss, number in step])
        if hung is not None:
            best = min(best, hung.loss)
            assert hung.loss == min(
                loss for loss, number in step if elite(loss, number).behaviour == hung.behaviour
            )
        assert growth.best.loss == best
        # Only what somebody waits for, roots and the best may stand beyond the bound, with those above them.
        assert len(growth) <= capacity + roots + (len(open_asks) + 1) * (len(plan) + 1)
        check(growth.saved(), capacity if not open_asks else None, roots)


def check(saved, capacity, roots):
    nodes = saved.nodes
    assert len(saved.roots) == roots
    for name, node in nodes.items():
        assert name < saved.next
        assert node.waiting >= 0
        assert node.best <= min([node.elite.loss, *(nodes[child].best for child in node.children)])
        assert all(nodes[child].parent == name for child in node.children)
        assert (node.parent is None) == (name in saved.roots)
        assert node.parent is None or name in nodes[node.parent].children
    behaviours = [node.elite.behaviour for node in nodes.values()]
    assert len(behaviours) == len({*behaviours})
    if capacity is not None:
        chain = 0
        at = min(nodes, key=lambda name: (nodes[name].elite.loss, nodes[name].elite.candidate.template.nodes))
        while at is not None:
            chain, at = chain + 1, nodes[at].parent
        assert len(nodes) <= max(capacity, roots + chain)
