"""From a picture to faces, crops, quality and embeddings."""
