"""There are coins of several values, all different and as many of each as you like. Return in how many
ways they can add up to amount, where the order of the coins does not matter. Nothing at all is the one
way to pay 0.
"""

import random


def reference(coins: list[int], amount: int) -> int:
    ways = [1] + [0] * amount
    for coin in coins:
        for total in range(coin, amount + 1):
            ways[total] += ways[total - coin]
    return ways[amount]


def naive(coins: list[int], amount: int) -> int:
    def count(first: int, left: int) -> int:
        if left == 0:
            return 1
        if left < 0 or first == len(coins):
            return 0
        return count(first, left - coins[first]) + count(first + 1, left)

    return count(0, amount)


def wrong(coins: list[int], amount: int) -> int:
    ways = [1] + [0] * amount
    for total in range(1, amount + 1):
        ways[total] = sum(ways[total - coin] for coin in coins if coin <= total)
    return ways[amount]


def inputs(level: int, rng: random.Random) -> list[list[object]]:
    if level == 0:
        return [[[5], 0], [[2], 3], [[1, 2, 5], 11], [[3, 7, 11], 40], [[], 4], [[2, 3, 9], 30]]
    size = (0, 250, 900, 3000)[level]
    return [[sorted(rng.sample(range(2, 30), 8)), size + rng.randrange(10)] for _ in range(2)]
