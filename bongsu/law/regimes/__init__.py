"""The regimes: each a typed record of facts and a test of it under the law in force."""
