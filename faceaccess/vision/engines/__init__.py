"""Engines that run a network: torch and OpenCV today."""
