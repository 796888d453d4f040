"""Anomalies in one series of numbers, point by point and without looking ahead."""
