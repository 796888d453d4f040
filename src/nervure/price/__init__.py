"""Money: disjoint token classes times dated prices."""
